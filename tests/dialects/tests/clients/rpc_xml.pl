# Speaks bare XML-RPC to a unix socket by RPC::XML, which makes calls and parses responses but knows only HTTP.
use strict;
use warnings;
use utf8;

use IO::Socket::UNIX;
use RPC::XML ':all';
use RPC::XML::ParserFactory;

$RPC::XML::ENCODING  = 'utf-8';
$RPC::XML::ALLOW_NIL = 1;
my $connection = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "cannot connect: $!";
my $parser     = RPC::XML::ParserFactory->new;

sub call {
    print {$connection} RPC::XML::request->new(@_)->as_string or die "cannot send: $!";
    $connection->flush;
    my $response = $parser->parse(scalar <$connection>);
    die "no response: $response" unless ref $response;
    return $response;
}

sub is {
    my ($found, $expected, $what) = @_;
    die "$what: $found instead of $expected\n" unless $found eq $expected;
}

is(call('subtract', 42, 23)->value->value, 19, 'two integers');
is(call('kitchen.same', RPC::XML::string->new('<&> text'))->value->value, '<&> text', 'a string');
is(call('kitchen.same', RPC::XML::double->new(1.5))->value->value, 1.5, 'a double');
is(call('kitchen.invert', RPC::XML::boolean->new(1))->value->value, 0, 'a truth value');
is(call('kitchen.same', RPC::XML::i8->new('8589934592'))->value->value, '8589934592', 'a long integer');
is(call('kitchen.same', RPC::XML::base64->new('abcd'))->value->value, 'YWJjZA==', 'bytes');
is(call('kitchen.same', RPC::XML::datetime_iso8601->new('19980717T14:08:55'))->value->value, '1998-07-17T14:08:55', 'a time');
is(call('kitchen.same', RPC::XML::nil->new)->value->type, 'nil', 'nothing');
is(join(',', @{call('kitchen.sort', ['b', 'a'])->value->value}), 'a,b', 'an array');
is(call('kitchen.total', {a => 1, b => 2})->value->value, 3, 'a struct');
is(call('nope')->value->{faultCode}->value, -32601, 'an unknown method');
is(call('kitchen.fetch', 'closed')->value->string, 'the kitchen is closed', 'a fault');
my $results = call('system.multicall', [{methodName => 'subtract', params => [3, 1]}, {methodName => 'nope'}])->value->value;
is($results->[0][0], 2, 'a result in a multicall');
is($results->[1]{faultCode}, -32601, 'a fault in a multicall');
print "all is well\n";

# Speaks bare XML-RPC to a unix socket by Frontier::RPC2, which writes calls and reads responses.
use strict;
use warnings;

use Frontier::RPC2;
use IO::Socket::UNIX;

my $connection = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "cannot connect: $!";
my $coder      = Frontier::RPC2->new;

sub call {
    print {$connection} $coder->encode_call(@_) or die "cannot send: $!";
    $connection->flush;
    my $response = $coder->decode(scalar <$connection>);
    return $response->{value}[0];
}

sub is {
    my ($found, $expected, $what) = @_;
    die "$what: $found instead of $expected\n" unless $found eq $expected;
}

is(call('subtract', 42, 23), 19, 'two integers');
is(call('kitchen.same', $coder->string('<&> 7')), '<&> 7', 'a string');
is(call('kitchen.same', 1.5), 1.5, 'a double');
is(call('kitchen.same', $coder->base64('YWJjZA==')), 'YWJjZA==', 'bytes');
is(call('kitchen.same', $coder->date_time('19980717T14:08:55')), '1998-07-17T14:08:55', 'a time');
is(call('kitchen.total', {a => 1, b => 2}), 3, 'a struct');
is(join(',', @{call('kitchen.sort', ['b', 'a'])}), 'a,b', 'an array');
is(call('nope')->{faultCode}, -32601, 'an unknown method');
print "all is well\n";

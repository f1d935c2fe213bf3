//! How to write a daemon, run it and call it; and a reference of its behaviour.
//!
#![doc = include_str!("../docs/guide/links.txt")]
#![doc = include_str!("../docs/guide/README.md")]

macro_rules! pages {
    ($($name:ident $path:literal)*) => {
        $(
            // The first definition of a link counts: here, a link to a page leads to the module of that page.
            #[doc = include_str!("../docs/guide/links.txt")]
            #[doc = include_str!(concat!("../docs/", $path))]
            pub mod $name {}
        )*
    };
}

pages! {
    first_daemon "guide/1-first-daemon.md"
    methods "guide/2-methods.md"
    flags_and_settings "guide/3-flags-and-settings.md"
    events_and_timers "guide/4-events-and-timers.md"
    workers "guide/5-workers.md"
    running "guide/6-running.md"
    limits "guide/7-limits.md"
    clients "guide/8-clients.md"
    beside_the_loop "guide/9-beside-the-loop.md"
    streams "guide/10-streams.md"
    embedding "guide/11-embedding.md"
    a_whole_daemon "guide/12-a-whole-daemon.md"
    xml_rpc "guide/13-xml-rpc.md"
    tls "guide/14-tls.md"
    http "guide/15-http.md"
    varlink "guide/16-varlink.md"
    assistants "guide/17-mcp.md"
    page "guide/18-page.md"
    rest "guide/19-rest.md"
    services "guide/20-services.md"
    supervisorctl "guide/21-supervisorctl.md"
    suites "guide/22-suites.md"
    tokens "guide/23-tokens.md"
    discovery "guide/24-discovery.md"
    console "guide/25-console.md"
    chat "guide/27-chat.md"
    nats "guide/28-nats.md"
    microservices "guide/29-microservices.md"
    protocol "protocol.md"
    workers_reference "workers.md"
    supervision "supervision.md"
    design "design.md"
}

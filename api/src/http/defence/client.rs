//! From which address a request comes. Behind proxies the connection's own address is a proxy's, and what a header says
//! is worth no more than whoever wrote it.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName},
};

use crate::souk::Shared;

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of a request's client, as [`TrustedProxies::client`] finds it. Everything that needs an address asks here.
pub(crate) fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let proxies = request.app_data::<Shared>().map(|souk| &souk.http.defence.proxies);
    Some(proxies.map_or_else(|| peer.to_canonical(), |proxies| proxies.client(peer, request.headers())))
}

/// The header in which proxies name whom they speak for. Only one is believed: a proxy that writes one of them hands on
/// whatever its client wrote into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl FromStr for ProxyHeader {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err("must be x-forwarded-for or forwarded"),
        }
    }
}

/// The proxies whose word counts; none at first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: ProxyHeader,
}

impl TrustedProxies {
    /// Believes `networks` what they write into `header`.
    #[must_use]
    pub const fn new(networks: Vec<Network>, header: ProxyHeader) -> Self {
        Self { networks, header }
    }

    /// Whether `address` is a proxy's.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let number = number_of(address);
        self.networks.iter().any(|network| network.holds(number))
    }

    /// Who a request comes from: its peer, or the rightmost hop in the header that is no proxy of ours, where the peer
    /// is one. What stands further left was written by strangers.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let name = match self.header {
            ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
            ProxyHeader::Forwarded => FORWARDED,
        };
        let lines: Vec<&str> = headers.get_all(name).filter_map(|line| line.to_str().ok()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let address = match self.header {
                ProxyHeader::XForwardedFor => address_in(hop),
                ProxyHeader::Forwarded => forwarded_for(hop).and_then(address_in),
            };
            // `unknown` or nonsense: nobody knows more than the proxy that wrote it.
            let Some(address) = address else {
                break;
            };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    /// Whether a request names a hop, though its peer is nobody's trusted proxy.
    pub(super) fn is_unheard(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        (headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)) && !self.trusts(peer)
    }
}

/// The value of `for` in one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// An address, perhaps in quotes, perhaps in brackets, perhaps with a port.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"').trim();
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_whole = port.is_empty() || is_port(port.strip_prefix(':')?);
        return is_whole.then(|| address.parse().ok()).flatten();
    }
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (address, port) = text.rsplit_once(':')?;
    is_port(port).then(|| address.parse().ok()).flatten()
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// An address or a range of them, such as `10.0.0.0/8` or `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: u128,
    mask: u128,
}

impl Network {
    fn holds(self, number: u128) -> bool {
        number & self.mask == self.base
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be addresses or ranges such as 10.0.0.0/8, separated by commas";
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| WRONG)?;
        let bits: u32 = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(length) => length.parse().ok().filter(|length| *length <= bits).ok_or(WRONG)?,
            None => bits,
        };
        let mask = u128::MAX.checked_shl(bits - length).unwrap_or(0);
        Ok(Self { base: number_of(address) & mask, mask })
    }
}

/// Every address as one of IPv6.
fn number_of(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Whom requests from an address are counted for: an IPv4 address, or the /64 that a provider gives to one customer.
#[must_use]
pub(super) fn counted_as(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address) & (u128::MAX << 64),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn proxies(networks: &str, header: ProxyHeader) -> TrustedProxies {
        let networks = networks.split_whitespace().map(|network| network.parse().unwrap()).collect();
        TrustedProxies::new(networks, header)
    }

    fn client(proxies: &TrustedProxies, peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let request = lines.iter().fold(TestRequest::default(), |request, line| request.append_header(*line));
        proxies.client(peer.parse().unwrap(), request.to_http_request().headers()).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let spoofed = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1")];
        for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
            assert_eq!(client(&proxies("", header), "9.9.9.9", &spoofed), "9.9.9.9");
            assert_eq!(client(&proxies("10.0.0.0/8", header), "9.9.9.9", &spoofed), "9.9.9.9");
        }
        // Nor is the header that the proxy does not write.
        let trusted = proxies("10.0.0.0/8", ProxyHeader::XForwardedFor);
        let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "2.2.2.2")];
        assert_eq!(client(&trusted, "10.0.0.1", &both), "2.2.2.2");
    }

    #[test]
    fn the_rightmost_hop_that_is_no_proxy_is_the_client() {
        let trusted = proxies("10.0.0.0/8 fd00::/8 192.0.2.7", ProxyHeader::XForwardedFor);
        for (lines, expected) in [
            (vec![("x-forwarded-for", "1.1.1.1, 2.2.2.2")], "2.2.2.2"),
            (vec![("x-forwarded-for", "1.1.1.1, 2.2.2.2, 10.9.9.9, 192.0.2.7")], "2.2.2.2"),
            (vec![("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")], "2.2.2.2"),
            (vec![("x-forwarded-for", "2.2.2.2:4711")], "2.2.2.2"),
            (vec![("x-forwarded-for", "[2001:db8::1]:4711")], "2001:db8::1"),
            (vec![("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (vec![("x-forwarded-for", "::ffff:2.2.2.2")], "2.2.2.2"),
            (vec![("x-forwarded-for", "1.1.1.1, unknown")], "10.0.0.1"),
            (vec![("x-forwarded-for", "1.1.1.1, 999.2.2.2, 10.0.0.3")], "10.0.0.3"),
            (vec![("x-forwarded-for", "10.0.0.9")], "10.0.0.9"),
            (vec![("x-forwarded-for", "")], "10.0.0.1"),
            (vec![], "10.0.0.1"),
        ] {
            assert_eq!(client(&trusted, "10.0.0.1", &lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_standard_says() {
        let trusted = proxies("10.0.0.0/8", ProxyHeader::Forwarded);
        for (line, expected) in [
            ("for=2.2.2.2", "2.2.2.2"),
            ("for=1.1.1.1, For=\"2.2.2.2:80\";proto=https;by=10.0.0.1", "2.2.2.2"),
            ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=_hidden", "10.0.0.1"),
            // A quote that never ends must not swallow what the proxy adds.
            ("for=\"1.1.1.1, for=2.2.2.2", "2.2.2.2"),
            ("proto=https", "10.0.0.1"),
        ] {
            let request = TestRequest::default().append_header(("forwarded", line)).to_http_request();
            let found = trusted.client("10.0.0.1".parse().unwrap(), request.headers());
            assert_eq!(found.to_string(), expected, "{line}");
        }
    }

    #[test]
    fn a_range_holds_its_addresses_and_no_others() {
        let everything: Network = "0.0.0.0/0".parse().unwrap();
        assert!(everything.holds(number_of("8.8.8.8".parse().unwrap())));
        assert!(!everything.holds(number_of("2001:db8::1".parse().unwrap())), "IPv4 only");
        let small = proxies("192.0.2.0/31 ::1", ProxyHeader::XForwardedFor);
        for (address, is_trusted) in [
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("::1", true),
            ("::ffff:192.0.2.0", true),
        ] {
            assert_eq!(small.trusts(address.parse().unwrap()), is_trusted, "{address}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "proxy", "10.0.0.0/"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_provider_s_customer_counts_once() {
        let counted = |text: &str| counted_as(text.parse().unwrap());
        assert_eq!(counted("2001:db8:1:2::3"), counted("2001:db8:1:2:ffff::"));
        assert_ne!(counted("2001:db8:1:2::3"), counted("2001:db8:1:3::3"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
        assert_eq!(counted("192.0.2.1"), counted("::ffff:192.0.2.1"));
    }
}

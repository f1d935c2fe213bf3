//! Addresses of mail: `ID@chat`.

use crate::mailbox::is_node_id;

/// The domain of all addresses.
pub const DOMAIN: &str = "chat";

/// Returns the address of a node.
pub fn address_of(node: &str) -> String {
    format!("{node}@{DOMAIN}")
}

/// Returns the id of the node that an address means, in lower case; `None` if it means none.
pub fn node_of(address: &str) -> Option<String> {
    let (node, domain) = address.rsplit_once('@')?;
    (domain.eq_ignore_ascii_case(DOMAIN) && is_node_id(node)).then(|| node.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_at_the_domain_is_an_address() {
        let id = "00112233445566778899aabbccddeeff";
        assert_eq!(node_of(&address_of(id)).as_deref(), Some(id));
        assert_eq!(node_of("00112233445566778899AABBCCDDEEFF@Chat").as_deref(), Some(id));
        for wrong in ["", "@", "@chat", "joe@chat", id, "00112233445566778899aabbccddeeff@example.org"] {
            assert_eq!(node_of(wrong), None, "{wrong}");
        }
    }
}

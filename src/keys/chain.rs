//! A certificate with those that lead from it to an authority, in the order in which TLS sends them.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::pem::{self, Label};
use super::{KeyError, PublicKey};

/// The most certificates of a chain; a file with more is not a chain.
const MOST: usize = 64;

/// A chain of certificates in DER, each signed by the next (RFC 8446, section 4.4.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// The certificates, the key pair's own first; at least one.
    pub certificates: Vec<Vec<u8>>,
    /// Whose the certificates are that were there too and belong to another chain.
    pub left_out: Vec<String>,
    /// Whether they stood in another order.
    pub was_reordered: bool,
}

/// What a certificate of a chain says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainLink {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// When it stops being valid.
    pub not_after: time::OffsetDateTime,
}

impl Chain {
    /// Reads the certificates of a PEM text. Its own comes first afterwards: the one that signed
    /// none of the others.
    ///
    /// # Errors
    ///
    /// A text without a certificate, and a block with that label that is not a certificate.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let blocks = pem::read(text)?;
        let found = pem::noun_of(&blocks);
        let own = blocks.into_iter();
        let own = own.filter(|block| block.kind == Label::Certificate);
        let all: Vec<_> = own.map(|block| block.der.to_vec()).collect();
        let read: Vec<_> = all
            .iter()
            .map(|der| Certificate::read(der).ok_or(KeyError::Damaged))
            .collect::<Result<_, _>>()?;
        let signs_another = |one: &Certificate<'_>| {
            let mut others = read.iter().filter(|other| other.der != one.der);
            others.any(|other| one.signed(other))
        };
        let own = read.iter().find(|one| !signs_another(one));
        let own = own.or_else(|| read.first());
        let own = own.ok_or(KeyError::NotCertificate(found))?;
        Ok(Self::beginning_with(own, &read))
    }

    /// The chain of this key among certificates in any order; `None` if none belongs to it. If
    /// several do, the one that is valid longest counts.
    pub(super) fn of_key(key: &PublicKey, all: &[Vec<u8>]) -> Option<Self> {
        let read: Vec<_> = all
            .iter()
            .filter_map(|der| Certificate::read(der))
            .collect();
        let is_own = |one: &&Certificate<'_>| {
            PublicKey::from_info(one.parsed.public_key()).is_ok_and(|own| own == *key)
        };
        let own = read.iter().filter(is_own);
        let own = own.max_by_key(|one| one.parsed.validity().not_after.timestamp())?;
        Some(Self::beginning_with(own, &read))
    }

    fn beginning_with(own: &Certificate<'_>, all: &[Certificate<'_>]) -> Self {
        let mut links = vec![own];
        while links.len() < MOST
            && let Some(last) = links.last()
            && !last.signed(last)
            && let Some(next) = all
                .iter()
                .find(|one| one.signed(last) && links.iter().all(|known| known.der != one.der))
        {
            links.push(next);
        }
        let is_used = |one: &&Certificate<'_>| links.iter().any(|link| link.der == one.der);
        let (used, left): (Vec<_>, Vec<_>) = all.iter().partition(is_used);
        let in_file = used.iter().map(|one| one.der);
        Self {
            was_reordered: !in_file.eq(links.iter().map(|link| link.der)),
            left_out: left
                .iter()
                .map(|one| one.parsed.subject().to_string())
                .collect(),
            certificates: links.iter().map(|link| link.der.to_vec()).collect(),
        }
    }

    /// The pair's own certificate.
    pub fn own(&self) -> &[u8] {
        self.certificates.first().map_or(&[], Vec::as_slice)
    }

    /// What the certificates say of themselves, in order.
    pub fn links(&self) -> Vec<ChainLink> {
        let read = self.certificates.iter();
        let read = read.filter_map(|der| Certificate::read(der));
        read.map(|one| ChainLink {
            subject: one.parsed.subject().to_string(),
            issuer: one.parsed.issuer().to_string(),
            not_after: one.parsed.validity().not_after.to_datetime(),
        })
        .collect()
    }

    /// The certificates in PEM, in order.
    pub fn to_pem(&self) -> String {
        let blocks = self.certificates.iter();
        blocks.map(|der| pem::write("CERTIFICATE", der)).collect()
    }
}

/// A certificate as it was read.
struct Certificate<'d> {
    der: &'d [u8],
    parsed: X509Certificate<'d>,
}

impl<'d> Certificate<'d> {
    fn read(der: &'d [u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        Some(Self { der, parsed })
    }

    /// Whether this one signed the other, by its names and the identifiers of its key (RFC 5280,
    /// sections 4.1.2.4 and 4.2.1.1); the signature itself is the target's to check.
    fn signed(&self, other: &Self) -> bool {
        if self.parsed.subject().as_raw() != other.parsed.issuer().as_raw() {
            return false;
        }
        let own = self.extension(|found| match found {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        });
        let wanted = other.extension(|found| match found {
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                id.key_identifier.as_ref().map(|id| id.0.to_vec())
            }
            _ => None,
        });
        match (own, wanted) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => true,
        }
    }

    fn extension<T>(&self, find: impl Fn(&ParsedExtension<'_>) -> Option<T>) -> Option<T> {
        let mut all = self.parsed.extensions().iter();
        all.find_map(|extension| find(extension.parsed_extension()))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

    use super::*;

    fn parameters(name: &str, is_authority: bool) -> CertificateParams {
        let mut made = CertificateParams::default();
        made.distinguished_name.push(DnType::CommonName, name);
        if is_authority {
            made.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        made
    }

    /// A root, an intermediate and what it signed, in PEM.
    fn three() -> [String; 3] {
        let keys = [(); 3].map(|()| KeyPair::generate().unwrap());
        let [root_key, inter_key, own_key] = keys;
        let root = parameters("root", true);
        let root_pem = root.self_signed(&root_key).unwrap().pem();
        let root = Issuer::new(root, root_key);
        let inter = parameters("inter", true);
        let inter_pem = inter.signed_by(&inter_key, &root).unwrap().pem();
        let inter = Issuer::new(inter, inter_key);
        let own = parameters("own", false)
            .signed_by(&own_key, &inter)
            .unwrap();
        [own.pem(), inter_pem, root_pem]
    }

    #[test]
    fn any_order_becomes_the_one_that_tls_wants() {
        let [own, inter, root] = three();
        let right = Chain::from_pem([&*own, &inter, &root].concat().as_bytes()).unwrap();
        assert!(!right.was_reordered);
        let links = right.links();
        let subjects: Vec<_> = links.iter().map(|link| link.subject.as_str()).collect();
        assert_eq!(subjects, ["CN=own", "CN=inter", "CN=root"]);
        assert_eq!(links[0].issuer, "CN=inter");
        for order in [
            [&*root, &inter, &own],
            [&inter, &own, &root],
            [&inter, &root, &own],
            [&own, &root, &inter],
        ] {
            let chain = Chain::from_pem(order.concat().as_bytes()).unwrap();
            assert_eq!(chain.certificates, right.certificates);
            assert!(chain.was_reordered);
            assert_eq!(Chain::from_pem(chain.to_pem().as_bytes()).unwrap(), right);
        }
    }

    #[test]
    fn what_belongs_to_another_chain_is_left_out_and_told() {
        let [own, inter, _] = three();
        let [other, ..] = three();
        let chain = Chain::from_pem([&*own, &inter, &other].concat().as_bytes()).unwrap();
        assert_eq!(chain.links().len(), 2);
        assert_eq!(chain.left_out, ["CN=own"]);
        // One that is there twice is sent once, and none of it is another's.
        let twice = Chain::from_pem([&*own, &inter, &inter].concat().as_bytes()).unwrap();
        assert_eq!(twice.certificates.len(), 2);
        assert_eq!(twice.left_out, [""; 0]);
    }

    // Cross-signed authorities: each is signed by the other.
    #[test]
    fn a_ring_of_authorities_ends() {
        let (one_key, other_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let one = Issuer::new(parameters("one", true), KeyPair::generate().unwrap());
        let other = Issuer::new(parameters("other", true), KeyPair::generate().unwrap());
        let a = parameters("one", true).signed_by(&one_key, &other).unwrap();
        let b = parameters("other", true)
            .signed_by(&other_key, &one)
            .unwrap();
        let chain = Chain::from_pem([a.pem(), b.pem()].concat().as_bytes()).unwrap();
        assert!(!chain.certificates.is_empty() && chain.certificates.len() <= 2);
    }
}

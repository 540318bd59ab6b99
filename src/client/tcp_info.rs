//! What the kernel knows of the load's connections: round trips, retransmissions.
//!
//! Each connection of the load says where it is; once a second, on a thread that does no other
//! I/O, the kernel is asked for all of them at once (`sock_diag(7)`, `INET_DIAG_INFO`), which
//! needs no privilege. What opened and closed between two looks is not seen.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::sample::TcpReading;

/// The load's open connections.
#[derive(Clone, Debug, Default)]
pub struct OpenSockets(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// Their addresses on this machine.
    local: BTreeSet<SocketAddr>,
    /// The port that they lead to.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "read on Linux only")
    )]
    peer_port: u16,
}

/// The place of one connection, given up when it is dropped.
#[derive(Debug)]
pub struct Registration {
    open: OpenSockets,
    local: SocketAddr,
}

/// Why the kernel gives no `TCP_INFO`.
#[derive(Debug, thiserror::Error)]
pub enum TcpInfoError {
    /// It refuses, as in some sandboxes.
    #[error("the kernel does not report TCP_INFO: {0}")]
    Refused(std::io::Error),
    /// This system does not offer it.
    #[error("TCP_INFO is available only on Linux")]
    NoLinux,
}

impl OpenSockets {
    /// Notes a connection, for as long as the place is held.
    pub fn enter(&self, local: SocketAddr, peer: SocketAddr) -> Registration {
        let mut open = self.0.lock();
        open.local.insert(local);
        open.peer_port = peer.port();
        drop(open);
        Registration {
            open: self.clone(),
            local,
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.open.0.lock().local.remove(&self.local);
    }
}

#[cfg(not(target_os = "linux"))]
impl OpenSockets {
    /// Asks the kernel for all of them.
    pub fn look(&self) -> Result<Vec<TcpReading>, TcpInfoError> {
        Err(TcpInfoError::NoLinux)
    }
}

#[cfg(target_os = "linux")]
impl OpenSockets {
    /// Asks the kernel for all of them, if any is open.
    pub fn look(&self) -> Result<Vec<TcpReading>, TcpInfoError> {
        let open = self.0.lock();
        let (is_idle, port) = (open.local.is_empty(), open.peer_port);
        drop(open);
        if is_idle {
            return Ok(Vec::new());
        }
        let mut readings =
            netlink::established(port).map_err(|error| TcpInfoError::Refused(error.into()))?;
        let open = self.0.lock();
        readings.retain(|reading| open.local.contains(&reading.local));
        Ok(readings)
    }
}

/// The question and the answers of `sock_diag(7)`, read by their offsets.
#[cfg(target_os = "linux")]
mod netlink {
    use std::net::{IpAddr, SocketAddr};
    use std::time::Duration;

    use rustix::io::{Errno, Result};
    use rustix::net::sockopt::{Timeout, set_socket_timeout};
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};
    use rustix::net::{recv, send, socket_with};

    use crate::sample::TcpReading;
    use crate::units::Nanos;

    const AF_INET: u8 = 2;
    const AF_INET6: u8 = 10;
    const IPPROTO_TCP: u8 = 6;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLM_F_REQUEST_DUMP: u16 = 0x301;
    const NLMSG_ERROR: u16 = 2;
    const NLMSG_DONE: u16 = 3;
    const INET_DIAG_INFO: u16 = 2;
    const ESTABLISHED: u32 = 1 << 1;

    /// `struct nlmsghdr`, `struct inet_diag_msg` and `struct rtattr`.
    const HEAD: usize = 16;
    const DIAG: usize = 72;
    const ATTRIBUTE: usize = 4;

    /// A dump comes in parts of 32 KiB at most.
    const PART: usize = 64 * 1024;

    /// Parts that are read of one answer: some hundred thousand sockets.
    const PARTS_MAX: usize = 4_096;

    /// The kernel answers at once, or not at all.
    const PATIENCE: Duration = Duration::from_millis(500);

    /// Every established connection of this network namespace to a port.
    pub(super) fn established(port: u16) -> Result<Vec<TcpReading>> {
        let asking = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )?;
        set_socket_timeout(&asking, Timeout::Recv, Some(PATIENCE))?;
        let mut found = Vec::new();
        let mut part = vec![0; PART];
        for family in [AF_INET, AF_INET6] {
            send(&asking, &question(family, port), SendFlags::empty())?;
            for _ in 0..PARTS_MAX {
                let (length, _) = recv(&asking, &mut part[..], RecvFlags::empty())?;
                if read(&part[..length], &mut found)? {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// `struct nlmsghdr` and `struct inet_diag_req_v2`.
    fn question(family: u8, port: u16) -> Vec<u8> {
        const LENGTH: u32 = 72;
        let mut bytes = Vec::with_capacity(72);
        bytes.extend(LENGTH.to_ne_bytes());
        bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        bytes.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
        bytes.extend([0; 8]);
        bytes.extend([family, IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
        bytes.extend(ESTABLISHED.to_ne_bytes());
        bytes.extend(0_u16.to_be_bytes());
        bytes.extend(port.to_be_bytes());
        bytes.extend([0; 36]);
        bytes.extend([0xff; 8]);
        bytes
    }

    /// Reads a part of an answer; whether it was the last.
    pub(super) fn read(mut part: &[u8], found: &mut Vec<TcpReading>) -> Result<bool> {
        while let Some(length) = u32_at(part, 0).and_then(|length| usize::try_from(length).ok()) {
            let Some(message) = part.get(..length).filter(|_| length >= HEAD) else {
                return Err(Errno::BADMSG);
            };
            match u16_at(message, 4) {
                Some(NLMSG_DONE) => return Ok(true),
                Some(NLMSG_ERROR) => {
                    let code = u32_at(message, HEAD).unwrap_or_default();
                    let code = 0_u32.wrapping_sub(code);
                    let code = i32::try_from(code).unwrap_or_default();
                    return Err(Errno::from_raw_os_error(code));
                }
                Some(SOCK_DIAG_BY_FAMILY) => found.extend(reading(&message[HEAD..])),
                _ => {}
            }
            // Messages begin at multiples of four.
            part = part.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(false)
    }

    /// One socket: `struct inet_diag_msg`, and then its attributes.
    fn reading(message: &[u8]) -> Option<TcpReading> {
        let family = *message.first()?;
        let port = u16::from_be_bytes(at(message, 4)?);
        let address = match family {
            AF_INET => IpAddr::from(at::<4>(message, 8)?),
            AF_INET6 => IpAddr::from(at::<16>(message, 8)?),
            _ => return None,
        };
        let mut rest = message.get(DIAG..)?;
        while let Some(length) = u16_at(rest, 0).map(usize::from) {
            let attribute = rest.get(ATTRIBUTE..length)?;
            if u16_at(rest, 2)? == INET_DIAG_INFO {
                return tcp_info(SocketAddr::new(address, port), attribute);
            }
            rest = rest.get(length.next_multiple_of(4)..)?;
        }
        None
    }

    /// `struct tcp_info` of `linux/tcp.h`, as far as it is used; an older kernel's is shorter.
    fn tcp_info(local: SocketAddr, info: &[u8]) -> Option<TcpReading> {
        let micros = |place| Some(Nanos(u64::from(u32_at(info, place)?) * 1_000));
        // All ones where no round trip has been measured yet.
        let min_rtt = u32_at(info, 148).filter(|rtt| *rtt != u32::MAX && *rtt > 0);
        Some(TcpReading {
            local,
            smoothed_rtt: micros(68)?,
            min_rtt: min_rtt.map(|rtt| Nanos(u64::from(rtt) * 1_000)),
            retransmits: u64::from(u32_at(info, 100)?),
            peer_limited: u64_at(info, 176).map_or(Nanos::ZERO, |us| Nanos(us * 1_000)),
        })
    }

    fn at<const N: usize>(bytes: &[u8], place: usize) -> Option<[u8; N]> {
        bytes.get(place..place + N)?.try_into().ok()
    }

    fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
        at(bytes, place).map(u16::from_ne_bytes)
    }

    fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
        at(bytes, place).map(u32::from_ne_bytes)
    }

    fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
        at(bytes, place).map(u64::from_ne_bytes)
    }

    #[cfg(test)]
    mod tests {
        use proptest::prelude::*;

        use super::*;

        // A refusal is a negative number of the system's.
        #[test]
        fn a_refusal_is_told() {
            let mut message = 36_u32.to_ne_bytes().to_vec();
            message.extend(NLMSG_ERROR.to_ne_bytes());
            message.extend([0; 10]);
            message.extend((-1_i32).to_ne_bytes());
            message.extend([0; 16]);
            assert_eq!(read(&message, &mut Vec::new()), Err(Errno::PERM));
        }

        proptest! {
            #[test]
            fn any_answer_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
                let mut found = Vec::new();
                let _whole = read(&bytes, &mut found);
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::units::Nanos;

    #[test]
    fn only_what_is_open_and_ours_is_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = listener.local_addr().unwrap();
        let (ours, others) = (
            TcpStream::connect(peer).unwrap(),
            TcpStream::connect(peer).unwrap(),
        );
        let open = OpenSockets::default();
        assert!(open.look().unwrap().is_empty());
        let place = open.enter(ours.local_addr().unwrap(), peer);
        let seen = open.look().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].local, ours.local_addr().unwrap());
        assert!(
            seen[0].min_rtt.is_some_and(|rtt| rtt < Nanos::SECOND),
            "{seen:?}"
        );
        drop(place);
        assert!(open.look().unwrap().is_empty());
        drop(others);
    }
}

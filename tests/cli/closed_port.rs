//! A port at which nothing listens, though no other process can take it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::net::sockopt::set_socket_reuseport;
use rustix::net::{
    AddressFamily, SocketAddrAny, SocketFlags, SocketType, bind, getsockname, listen, socket_with,
};

/// Keeps the port until it is dropped. The kernel could give a port that is only free to another test.
pub(crate) struct ClosedPort {
    _kept: OwnedFd,
    address: SocketAddr,
}

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let kept = bound_to(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address: SocketAddrAny = getsockname(&kept).unwrap();
        Self {
            _kept: kept,
            address: address.try_into().unwrap(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/leads", self.address)
    }

    /// Listens there as long as the listener lives.
    pub(crate) fn listen(&self) -> TcpListener {
        let opened = bound_to(self.address);
        listen(&opened, 128).unwrap();
        TcpListener::from(opened)
    }
}

/// A socket that shares its port with others of this kind and of this user only.
fn bound_to(address: SocketAddr) -> OwnedFd {
    // A child must not keep the port.
    let flags = SocketFlags::CLOEXEC;
    let made = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
    set_socket_reuseport(&made, true).unwrap();
    bind(&made, &address).unwrap();
    made
}

#[test]
fn a_closed_port_refuses_and_is_given_to_nobody() {
    let port = ClosedPort::new();
    drop(port.listen());
    assert!(TcpStream::connect(port.address).is_err());
    assert!(TcpListener::bind(port.address).is_err());
}

//! A name server on loopback that knows the SRV records it is given.

use std::{collections::BTreeMap, net::SocketAddr};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{Name, RData, Record, RecordType, rdata::SRV},
};
use tokio::{net::UdpSocket, task::JoinHandle};

/// Records by the service they belong to, such as `_etcd-server._tcp.example.test`.
pub type Records = BTreeMap<&'static str, Vec<SRV>>;

/// A record that leads to a port of this machine.
pub fn local(priority: u16, port: u16) -> SRV {
    SRV::new(priority, 10, port, Name::from_ascii("localhost.").unwrap())
}

/// A running server; dropping it ends it.
pub struct NameServer {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl NameServer {
    pub async fn start(records: Records) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; 4096];
            while let Ok((len, from)) = socket.recv_from(&mut buffer).await {
                let Ok(question) = Message::from_vec(&buffer[..len]) else { continue };
                socket.send_to(&answer(question, &records).to_vec().unwrap(), from).await.unwrap();
            }
        });
        Self { address, task }
    }

    /// The environment that has a program ask this server.
    pub fn variable(&self) -> String {
        format!("QUORATE_RESOLVER={}", self.address)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer(question: Message, records: &Records) -> Message {
    let query = question.queries[0].clone();
    let mut answer = question.into_response();
    let name = query.name().to_ascii().trim_end_matches('.').to_lowercase();
    match records.get(name.as_str()) {
        Some(found) if query.query_type() == RecordType::SRV => {
            answer.add_answers(found.iter().map(|srv| Record::from_rdata(query.name().clone(), 60, RData::SRV(srv.clone()))));
        }
        Some(_) => {}
        None => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    answer
}

//! Rows of the small tables, of which the state of leases, alarms, members, users, roles and tokens is read at a start.

use prost::Message;
use quorate_proto::authpb;

use super::super::{
    alarm::Alarms,
    auth::AuthStore,
    backend::{Batch, Durable, MemoryStore, Table},
    lease::Lessor,
    membership::Membership,
};

/// A row in one piece, so that its key is mangled like its value: table, length of the key, key, value.
fn piece(table: Table, key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[table as u8, key.len() as u8], key, value].concat()
}

fn read(bytes: &[u8]) -> Option<(Table, &[u8], &[u8])> {
    let (&table, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (key, value) = rest.split_at_checked(usize::from(length))?;
    Some((*Table::ALL.get(usize::from(table))?, key, value))
}

#[test]
fn whatever_rows_of_the_small_tables_hold_is_state_or_named_as_damaged() {
    let user = authpb::User { name: "alice".into(), roles: vec!["reader".into()], ..Default::default() };
    let role = authpb::Role { name: "reader".into(), key_permission: vec![authpb::Permission::default()] };
    let good = [
        piece(Table::Lease, &7i64.to_be_bytes(), &[60i64.to_le_bytes(), 60i64.to_le_bytes()].concat()),
        piece(Table::Attach, &[&7i64.to_be_bytes()[..], &[0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]].concat(), b"key"),
        piece(Table::Alarm, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9], b""),
        piece(Table::Member, &9u64.to_be_bytes(), b"\x08\x09"),
        piece(Table::User, b"alice", &user.encode_to_vec()),
        piece(Table::Role, b"reader", &role.encode_to_vec()),
        piece(Table::Token, &[1; 32], &[&[0; 16][..], b"alice"].concat()),
        piece(Table::Meta, b"auth-revision", &3u64.to_le_bytes()),
    ];
    crate::mangle::survives(&good, |bytes| {
        let Some((table, key, value)) = read(bytes) else { return };
        let store = MemoryStore::default();
        store
            .commit(&mut |batch: &mut dyn Batch| {
                batch.put(Table::Lease, &7i64.to_be_bytes(), &[0; 16])?;
                batch.put(table, key, value)
            })
            .unwrap();
        let disk = store.read().unwrap();
        let disk = disk.as_ref();
        drop((Lessor::load(disk), Alarms::load(disk), AuthStore::load(disk), Membership::load(disk)));
    });
}

//! `--feature-gates`: etcd's switches for what is new or optional in it.

use super::{config::ConfigError, number};

/// What stands behind a gate here.
enum Behind {
    /// Reaches the server.
    Works,
    /// Both ways are the same here.
    NoEffect,
    /// May be off only.
    NotBuilt,
}

const GATES: [(&str, Behind); 11] = [
    ("AllAlpha", Behind::NotBuilt),
    ("AllBeta", Behind::NoEffect),
    ("CompactHashCheck", Behind::NotBuilt),
    ("FastLeaseKeepAlive", Behind::NoEffect),
    ("InitialCorruptCheck", Behind::NotBuilt),
    ("LeaseCheckpoint", Behind::Works),
    ("LeaseCheckpointPersist", Behind::Works),
    ("PriorityRequest", Behind::NoEffect),
    ("SetMemberLocalAddr", Behind::NotBuilt),
    ("StopGRPCServiceOnDefrag", Behind::NotBuilt),
    ("TxnModeWriteWithSharedBuffer", Behind::NoEffect),
];

/// The gates that mean something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gates {
    /// Whether the leader records remaining lease times, so that they outlive it. On here without being asked: without it a
    /// change of leader would lengthen leases.
    pub lease_checkpoint: bool,
}

/// Reads `Name=true,Other=false`.
pub fn parse(text: &str) -> Result<Gates, ConfigError> {
    let mut checkpoint = None;
    let mut persist = None;
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let malformed = || ConfigError::Gate { part: part.to_owned() };
        let (name, value) = part.split_once('=').ok_or_else(malformed)?;
        let (name, on) = (name.trim(), number::parse_bool(value.trim()).ok_or_else(malformed)?);
        let gate = GATES.iter().find(|(known, _)| *known == name);
        let (_, behind) = gate.ok_or_else(|| ConfigError::UnknownGate { name: name.to_owned() })?;
        match behind {
            Behind::NotBuilt if on => return Err(ConfigError::GateNotBuilt { name: name.to_owned() }),
            Behind::Works if name == "LeaseCheckpoint" => checkpoint = Some(on),
            Behind::Works => persist = Some(on),
            Behind::NotBuilt | Behind::NoEffect => {}
        }
    }
    if persist == Some(true) && checkpoint == Some(false) {
        return Err(ConfigError::CheckpointPersistAlone);
    }
    Ok(Gates { lease_checkpoint: checkpoint.unwrap_or(true) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lease_checkpoints_are_on_unless_turned_off() {
        assert!(parse("").unwrap().lease_checkpoint);
        assert!(parse("LeaseCheckpoint=true,LeaseCheckpointPersist=true").unwrap().lease_checkpoint);
        assert!(!parse(" LeaseCheckpoint=false ").unwrap().lease_checkpoint);
        assert_eq!(parse("LeaseCheckpoint=false,LeaseCheckpointPersist=1"), Err(ConfigError::CheckpointPersistAlone));
    }

    #[test]
    fn a_gate_that_is_not_built_may_be_off_only() {
        assert!(parse("CompactHashCheck=false,AllAlpha=false").is_ok());
        assert_eq!(parse("CompactHashCheck=true"), Err(ConfigError::GateNotBuilt { name: "CompactHashCheck".to_owned() }));
    }

    #[test]
    fn unknown_and_malformed_gates_are_refused() {
        assert_eq!(parse("Nope=true"), Err(ConfigError::UnknownGate { name: "Nope".to_owned() }));
        assert_eq!(parse("LeaseCheckpoint"), Err(ConfigError::Gate { part: "LeaseCheckpoint".to_owned() }));
        assert_eq!(parse("LeaseCheckpoint=maybe"), Err(ConfigError::Gate { part: "LeaseCheckpoint=maybe".to_owned() }));
    }

    #[test]
    fn whatever_is_given_as_gates_is_read_or_refused() {
        crate::mangle::survives_text(&["LeaseCheckpoint=true,TxnModeWriteWithSharedBuffer=false", "=,="], |text| _ = parse(text));
    }
}

//! What a round of read-index carries, so that its answer finds whoever asked.

use bytes::Bytes;

/// Bytes of it: member, start of the member, request; each a big-endian u64.
const READ_CONTEXT_BYTES: usize = 24;

/// The context of a request of this life of this member.
pub(super) fn encode(id: u64, start_nonce: u64, request: u64) -> Bytes {
    let mut context = Vec::with_capacity(READ_CONTEXT_BYTES);
    for part in [id, start_nonce, request] {
        context.extend(part.to_be_bytes());
    }
    context.into()
}

/// The request, if this life of this member asked.
pub(super) fn decode(context: &[u8], id: u64, start_nonce: u64) -> Option<u64> {
    let (parts, rest) = context.as_chunks::<8>();
    let [asked_by, nonce, request] = parts else { return None };
    let ours = rest.is_empty() && u64::from_be_bytes(*asked_by) == id && u64::from_be_bytes(*nonce) == start_nonce;
    ours.then(|| u64::from_be_bytes(*request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_life_that_asked_takes_the_answer() {
        let context = encode(7, 1, 42);
        assert_eq!(decode(&context, 7, 1), Some(42));
        assert_eq!(decode(&context, 7, 2), None, "an earlier life");
        assert_eq!(decode(&context, 8, 1), None, "another member");
        assert_eq!(decode(&context[..23], 7, 1), None);
        assert_eq!(decode(&[&context[..], &[0]].concat(), 7, 1), None);
    }
}

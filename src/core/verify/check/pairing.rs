//! Pairs things off with what each may be paired with, so that as many as possible find a partner.

use std::collections::{HashMap, HashSet};

/// For each thing its partner, of `choices[thing]`; no partner is given twice.
///
/// Augmenting paths: whoever finds all partners taken asks one of those who took them to move.
pub fn pair(choices: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut taken: HashMap<usize, usize> = HashMap::new();
    for thing in 0..choices.len() {
        place(thing, choices, &mut taken, &mut HashSet::new());
    }
    let mut partners = vec![None; choices.len()];
    for (partner, thing) in taken {
        partners[thing] = Some(partner);
    }
    partners
}

fn place(thing: usize, choices: &[Vec<usize>], taken: &mut HashMap<usize, usize>, asked: &mut HashSet<usize>) -> bool {
    for partner in &choices[thing] {
        if !asked.insert(*partner) {
            continue;
        }
        let holder = taken.get(partner).copied();
        if holder.is_none_or(|holder| place(holder, choices, taken, asked)) {
            taken.insert(*partner, thing);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_took_a_partner_moves_if_another_needs_it() {
        assert_eq!(pair(&[vec![1, 2], vec![1], vec![2, 3]]), [Some(2), Some(1), Some(3)]);
        assert_eq!(pair(&[vec![1], vec![1]]).iter().flatten().count(), 1);
    }
}

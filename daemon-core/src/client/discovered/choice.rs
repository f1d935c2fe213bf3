//! Which instance gets a call: the one with fewer calls in flight, of two that are chosen at random.

/// Returns the place of one of these loads; `None` if there is none. `random` returns a number below its argument.
///
/// Two random ones spread calls nearly as well as a comparison of all would, and threads that decide at the same time do
/// not all choose the same one.
pub(super) fn choose(loads: &[usize], mut random: impl FnMut(usize) -> usize) -> Option<usize> {
    match loads {
        [] => None,
        [_] => Some(0),
        _ => {
            let first = random(loads.len());
            let second = (first + 1 + random(loads.len() - 1)) % loads.len();
            Some(if loads[second] < loads[first] { second } else { first })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_busy_of_two_is_chosen() {
        assert_eq!(choose(&[], |_| 0), None);
        assert_eq!(choose(&[9], |_| 0), Some(0));
        for first in 0..2 {
            assert_eq!(choose(&[3, 1], |most| first % most), Some(1), "{first}");
        }
    }

    #[test]
    fn the_second_is_never_the_first_and_everyone_is_chosen_sometimes() {
        fastrand::seed(7);
        let mut chosen = [0; 4];
        for _ in 0..1000 {
            chosen[choose(&[0, 0, 0, 5], |below| fastrand::usize(..below)).unwrap_or(9).min(3)] += 1;
        }
        assert!(chosen[..3].iter().all(|count| *count > 200), "{chosen:?}");
        assert_eq!(chosen[3], 0);
    }
}

//! The known name nearest to one that is not known.

/// The candidate with the smallest edit distance to `name`, if one is near enough to be a slip of the pen: at most half
/// of the name's characters differ. Ties go to the name that is first in the alphabet.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let limit = best.map_or(name.len() / 2, |(distance, _)| distance);
        // The length in bytes bounds that in characters from above, and four times that from below.
        if candidate.len() + limit < name.len() || candidate.len() > 4 * (name.len() + limit) {
            continue;
        }
        let distance = distance(&name, &candidate.chars().collect::<Vec<_>>());
        if distance <= limit && best.is_none_or(|found| (distance, candidate) < found) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and exchanges of neighbours that lead from `a` to `b` (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before, &mut previous);
        std::mem::swap(&mut previous, &mut row);
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_refuses_strangers() {
        let known = ["sin", "sinh", "length", "list", "fold-left"];
        let find = |name| nearest(name, known.into_iter());
        assert_eq!(find("lenght"), Some("length"));
        assert_eq!(find("sine"), Some("sin"));
        assert_eq!(find("lst"), Some("list"));
        assert_eq!(find("fold_left"), Some("fold-left"));
        assert_eq!(find("q"), None);
        assert_eq!(find("transmogrify"), None);
    }

    #[test]
    fn distance_counts_an_exchange_once() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("acr"), &chars("car")), 1);
        assert_eq!(distance(&chars(""), &chars("car")), 3);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
    }
}

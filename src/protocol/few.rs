//! A map for the handful of keys that peers use.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::convert::Infallible;
use std::mem;

/// How many entries lie in a list. Nobody uses more chunk streams or streams than that in earnest.
const LISTED: usize = 8;

/// A map for the handful of keys that peers use: the first ones lie in a list, which takes no more
/// memory than they do and is searched faster than a tree. The others lie in a tree, so nothing that a
/// peer does makes it slow.
#[derive(Debug)]
pub(crate) struct FewMap<K, V> {
    list: Vec<(K, V)>,
    tree: BTreeMap<K, V>,
}

impl<K: Copy + Ord, V> FewMap<K, V> {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), tree: BTreeMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len().saturating_add(self.tree.len())
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        match self.place(key) {
            Some(place) => self.list.get(place).map(|(_, value)| value),
            None => self.tree.get(&key),
        }
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        match self.place(key) {
            Some(place) => self.list.get_mut(place).map(|(_, value)| value),
            None => self.tree.get_mut(&key),
        }
    }

    /// The value of `key`; that which `make` returns, where there was none.
    #[allow(clippy::indexing_slicing, reason = "the place was found just before")]
    pub(crate) fn get_or_try_insert<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        let place = match self.place(key) {
            Some(place) => place,
            None if self.list.len() < LISTED && !self.tree.contains_key(&key) => {
                let value = make()?;
                self.list.reserve_exact(1);
                self.list.push((key, value));
                self.list.len().saturating_sub(1)
            }
            None => {
                return Ok(match self.tree.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(make()?),
                });
            }
        };
        Ok(&mut self.list[place].1)
    }

    /// Returns what was there before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(former) = self.get_mut(key) {
            return Some(mem::replace(former, value));
        }
        let Ok(_) = self.get_or_try_insert(key, || Ok::<_, Infallible>(value));
        None
    }

    /// Returns what was there.
    pub(crate) fn remove(&mut self, key: K) -> Option<V> {
        match self.place(key) {
            Some(place) => Some(self.list.swap_remove(place).1),
            None => self.tree.remove(&key),
        }
    }

    /// All values, in no order.
    pub(crate) fn into_values(self) -> impl Iterator<Item = V> {
        self.list.into_iter().map(|(_, value)| value).chain(self.tree.into_values())
    }

    fn place(&self, key: K) -> Option<usize> {
        self.list.iter().position(|(other, _)| *other == key)
    }
}

impl<K: Copy + Ord, V> Default for FewMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::FewMap;

    #[test]
    fn every_key_has_its_last_value_wherever_it_lies() {
        let mut map = FewMap::new();
        for key in 0..20 {
            assert_eq!(map.insert(key, key), None);
        }
        for key in 0..20 {
            assert_eq!(map.insert(key, key + 100), Some(key));
        }
        for key in (0..20).step_by(2) {
            assert_eq!(map.remove(key), Some(key + 100));
            assert_eq!(map.remove(key), None);
        }
        // In the list now, where 19 lies in the tree.
        assert_eq!(map.insert(0, 200), None);
        assert_eq!(map.get_mut(19).map(|value| std::mem::replace(value, 219)), Some(119));
        assert_eq!(
            (map.get(0), map.get(1), map.get(2), map.get(19)),
            (Some(&200), Some(&101), None, Some(&219))
        );
        assert_eq!(map.len(), 11);
        let mut values = map.into_values().collect::<Vec<_>>();
        values.sort_unstable();
        assert_eq!(values, [101, 103, 105, 107, 109, 111, 113, 115, 117, 200, 219]);
    }
}

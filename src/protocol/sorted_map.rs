//! A map for a few keys.

use std::borrow::Borrow;
use std::mem;

/// A map for a few keys: a vector in the order of its keys.
///
/// For a handful of entries it takes less memory than a tree and is searched as fast. An insertion
/// moves the entries behind it, so callers that let a peer choose keys must limit their number.
#[derive(Debug)]
pub(crate) struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> SortedMap<K, V> {
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        self.entries.get(place).map(|(_, value)| value)
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Returns the value of `key`. If there is none, inserts what `make` returns.
    #[allow(clippy::indexing_slicing, reason = "the place was found or made just before")]
    pub(crate) fn get_or_try_insert<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        let place = match self.find(&key) {
            Ok(place) => place,
            Err(place) => {
                self.entries.insert(place, (key, make()?));
                place
            }
        };
        Ok(&mut self.entries[place].1)
    }

    /// Sets the value of `key`. Returns the former value, if there was one.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(place) => self.entries.get_mut(place).map(|(_, former)| mem::replace(former, value)),
            Err(place) => {
                if self.entries.capacity() == 0 {
                    // Many of these maps never get a second entry.
                    self.entries.reserve_exact(1);
                }
                self.entries.insert(place, (key, value));
                None
            }
        }
    }

    /// Removes `key`. Returns its value, if there was one.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(self.entries.remove(place).1)
    }

    /// Returns the keys in ascending order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Returns the values in the order of their keys.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(other, _)| other.borrow().cmp(key))
    }
}

impl<K: Ord, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::SortedMap;

    #[test]
    fn every_key_has_its_last_value() {
        let mut map = SortedMap::new();
        for key in [7, 0, 9, 3, 5] {
            assert_eq!(map.insert(key, key), None, "{key}");
        }
        assert_eq!(map.insert(9, 109), Some(9));
        assert_eq!(map.remove(&3), Some(3));
        assert_eq!(map.remove(&3), None);
        *map.get_mut(&0).unwrap() = 100;
        assert_eq!(
            [0, 3, 5, 9].map(|key| map.get(&key).copied()),
            [Some(100), None, Some(5), Some(109)]
        );
        assert_eq!(map.len(), 4);
        assert_eq!(map.keys().collect::<Vec<_>>(), [&0, &5, &7, &9]);
        assert_eq!(map.into_values().collect::<Vec<_>>(), [100, 5, 7, 109]);
    }

    #[test]
    fn a_value_is_made_only_for_a_new_key_and_only_if_that_succeeds() {
        let mut map = SortedMap::new();
        assert_eq!(map.get_or_try_insert("b", || Err(7)), Err(7));
        assert_eq!(map.len(), 0);
        assert_eq!(map.get_or_try_insert("b", || Ok::<_, ()>(1)), Ok(&mut 1));
        assert_eq!(map.get_or_try_insert("b", || Err(7)), Ok(&mut 1));
    }
}

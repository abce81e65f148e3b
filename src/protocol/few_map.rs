//! A map whose first entries take no memory of their own.

use std::mem;

use super::sorted_map::SortedMap;

/// A map that has room for its first `N` entries in itself, in the order in which they came. The
/// others are in a [`SortedMap`].
///
/// For a session, which lies on the stack of its thread, where there is room.
#[derive(Debug)]
pub(super) struct FewMap<K, V, const N: usize> {
    first: [Option<(K, V)>; N],
    others: SortedMap<K, V>,
}

impl<K: Ord, V, const N: usize> FewMap<K, V, N> {
    pub(super) const fn new() -> Self {
        Self { first: [const { None }; N], others: SortedMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.first.iter().flatten().count().saturating_add(self.others.len())
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let first = self.first.iter().flatten().find(|(other, _)| other == key);
        first.map(|(_, value)| value).or_else(|| self.others.get(key))
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let first = self.first.iter_mut().flatten().find(|(other, _)| other == key);
        first.map(|(_, value)| value).or_else(|| self.others.get_mut(key))
    }

    /// Returns the value of `key`. If there is none, inserts what `make` returns.
    pub(super) fn get_or_try_insert<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        // Entries are never removed, so a place that is free comes after all that are taken.
        let is_place = |place: &Option<(K, V)>| place.as_ref().is_none_or(|(it, _)| *it == key);
        let Some(place) = self.first.iter_mut().find(|place| is_place(place)) else {
            return self.others.get_or_try_insert(key, make);
        };
        let (_, value) = match place {
            Some(entry) => entry,
            None => place.insert((key, make()?)),
        };
        Ok(value)
    }

    /// Sets the value of `key`. Returns the former value, if there was one.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(former) = self.get_mut(&key) {
            return Some(mem::replace(former, value));
        }
        match self.first.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some((key, value)),
            None => {
                self.others.insert(key, value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::FewMap;

    #[test]
    fn every_key_has_its_last_value_wherever_it_is() {
        let mut map = FewMap::<u32, u32, 2>::new();
        for key in [7, 0, 9, 3, 5] {
            assert_eq!(map.insert(key, key), None, "{key}");
        }
        assert_eq!((map.insert(9, 109), map.insert(7, 107)), (Some(9), Some(7)));
        *map.get_mut(&0).unwrap() = 100;
        let values = [0, 3, 4, 7, 9].map(|key| map.get(&key).copied());
        assert_eq!(values, [Some(100), Some(3), None, Some(107), Some(109)]);
        assert_eq!(map.len(), 5);
    }

    #[test]
    fn a_value_is_made_only_for_a_new_key_and_only_if_that_succeeds() {
        let mut map = FewMap::<&str, i32, 1>::new();
        for (key, len) in [("b", 1), ("a", 2)] {
            assert_eq!(map.get_or_try_insert(key, || Err(7)), Err(7));
            assert_eq!(map.get_or_try_insert(key, || Ok::<_, ()>(1)), Ok(&mut 1));
            assert_eq!(map.get_or_try_insert(key, || Err(7)), Ok(&mut 1));
            assert_eq!(map.len(), len);
        }
    }
}

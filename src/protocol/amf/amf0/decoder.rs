//! The reader of AMF0.

use super::marker;
use crate::protocol::amf::budget::Budget;
use crate::protocol::amf::members::Members;
use crate::protocol::amf::name::Name;
use crate::protocol::amf::references::References;
use crate::protocol::amf::{Date, Error, Limits, Value, amf3};
use crate::protocol::wire::Reader;

/// An empty name and the marker that ends an object.
const END_OF_MEMBERS: [u8; 3] = [0, 0, marker::OBJECT_END];

/// An array gets room for so many elements at once, or for its own count if that is less.
const FEW_ELEMENTS: usize = 4;

/// Reads the values of one message. They share one table of references and one budget.
#[derive(Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    references: References<'a>,
    members: Members,
}

/// Reads all values of one message.
///
/// # Errors
/// Returns the errors of [`Decoder::decode`].
pub fn decode_all(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, Error> {
    let mut decoder = Decoder::new(bytes, limits);
    let mut values = Vec::new();
    while let Some(value) = decoder.decode()? {
        values.push(value);
    }
    Ok(values)
}

impl<'a> Decoder<'a> {
    /// Creates a decoder of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self {
            reader: Reader::new(bytes),
            budget: Budget::new(limits),
            references: References::default(),
            members: Members::default(),
        }
    }

    /// Reads the next value. Returns `None` at the end of the bytes.
    ///
    /// Skips an end of object outside of objects: some FLV writers put one after `onMetaData`, as
    /// FLV 10 §E.4.4 asks.
    ///
    /// # Errors
    /// Says what is wrong with the bytes. Later calls return `None`.
    pub fn decode(&mut self) -> Result<Option<Value>, Error> {
        self.pass_object_ends();
        if self.reader.is_empty() {
            return Ok(None);
        }
        let value = self.value();
        if value.is_err() {
            self.reader = Reader::new(&[]);
        }
        value.map(Some)
    }

    /// Returns the unread bytes.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    fn pass_object_ends(&mut self) {
        while let Some((&marker::OBJECT_END, _)) = self.reader.rest().split_first() {
            let _ = self.reader.u8();
        }
        // Within a value these bytes may start a number.
        if self.reader.rest() == END_OF_MEMBERS {
            let _ = self.reader.take(END_OF_MEMBERS.len());
        }
    }

    // The recursion goes through these four: value, container, object, elements. They do nothing
    // but call and move, so that their frames stay small: a connection's thread has little stack.

    fn value(&mut self) -> Result<Value, Error> {
        match self.marker()? {
            marker @ (marker::OBJECT
            | marker::TYPED_OBJECT
            | marker::ECMA_ARRAY
            | marker::STRICT_ARRAY) => {
                let pending = self.references.begin(marker, &self.reader);
                let value = self.container(marker);
                self.references.complete(&pending);
                value
            }
            marker::REFERENCE => self.reference(),
            marker::AVMPLUS => self.avmplus(),
            marker => self.leaf(marker),
        }
    }

    fn container(&mut self, marker: u8) -> Result<Value, Error> {
        self.budget.enter()?;
        let value = match marker {
            marker::STRICT_ARRAY => self.elements(),
            _ => self.object(marker),
        };
        self.budget.leave();
        value
    }

    fn object(&mut self, marker: u8) -> Result<Value, Error> {
        let (class_name, count) = self.head(marker)?;
        let start = self.members.begin();
        while let Some(name) = self.next_name(count, self.members.count(start))? {
            let value = self.value();
            self.members.push(name, value)?;
        }
        let object = self.members.finish(start, class_name);
        Ok(match marker {
            marker::ECMA_ARRAY => Value::EcmaArray(object),
            _ => Value::Object(object),
        })
    }

    fn elements(&mut self) -> Result<Value, Error> {
        let count = self.reader.u32()?;
        let mut elements = Vec::new();
        elements.reserve_exact(FEW_ELEMENTS.min(count as usize));
        for _ in 0..count {
            elements.push(self.value()?);
        }
        Ok(Value::StrictArray(elements))
    }

    fn marker(&mut self) -> Result<u8, Error> {
        self.budget.charge_values(1)?;
        Ok(self.reader.u8()?)
    }

    fn leaf(&mut self, marker: u8) -> Result<Value, Error> {
        Ok(match marker {
            marker::NUMBER => Value::Number(self.reader.f64()?),
            marker::BOOLEAN => Value::Boolean(self.reader.u8()? != 0),
            marker::STRING => Value::String(self.short_text()?),
            marker::LONG_STRING => Value::String(self.long_text()?),
            marker::XML_DOCUMENT => Value::Xml(self.long_text()?),
            marker::NULL => Value::Null,
            marker::UNDEFINED | marker::UNSUPPORTED => Value::Undefined,
            marker::DATE => self.date()?,
            marker => return Err(no_value(marker, self.reader.offset().saturating_sub(1))),
        })
    }

    /// Reads what an object starts with: perhaps a class, perhaps a count of its members.
    fn head(&mut self, marker: u8) -> Result<(Option<String>, Option<u32>), Error> {
        match marker {
            marker::TYPED_OBJECT => {
                Ok((Some(self.short_text()?).filter(|name| !name.is_empty()), None))
            }
            marker::ECMA_ARRAY => Ok((None, Some(self.reader.u32()?))),
            _ => Ok((None, None)),
        }
    }

    /// Reads the name of an object's next member. Returns `None` at its end.
    ///
    /// The count at the start of an ECMA array is a hint, and often wrong. It matters only if the
    /// bytes end without an end of object, as in the metadata of some files.
    fn next_name(&mut self, count: Option<u32>, read: usize) -> Result<Option<Name>, Error> {
        if self.reader.is_empty() && count.is_some_and(|count| count as usize == read) {
            return Ok(None);
        }
        let length = self.reader.u16()?;
        let name = self.budget.name(self.reader.take(length.into())?)?;
        if length == 0 && self.reader.rest().first() == Some(&marker::OBJECT_END) {
            self.reader.u8()?;
            return Ok(None);
        }
        Ok(Some(name))
    }

    fn short_text(&mut self) -> Result<String, Error> {
        let length = self.reader.u16()?;
        self.budget.text(self.reader.take(length.into())?)
    }

    fn long_text(&mut self) -> Result<String, Error> {
        let length = self.reader.u32()?;
        self.budget.text(self.reader.take(length as usize)?)
    }

    fn date(&mut self) -> Result<Value, Error> {
        let unix_milliseconds = self.reader.f64()?;
        let time_zone_minutes = self.reader.u16()?.cast_signed();
        Ok(Value::Date(Date { unix_milliseconds, time_zone_minutes }))
    }

    fn reference(&mut self) -> Result<Value, Error> {
        let index = self.reader.u16()?.into();
        let referent = self.references.begin_reread(index, self.reader.offset())?;
        let after = std::mem::replace(&mut self.reader, referent.body);
        let value = self.container(referent.marker);
        self.reader = after;
        self.references.end_reread();
        value
    }

    /// Reads one value of AMF3. It has reference tables of its own, and the values after it are
    /// AMF0 again (AMF 0 §3.1).
    fn avmplus(&mut self) -> Result<Value, Error> {
        let mut decoder = amf3::Decoder::within(self.reader.clone(), self.budget);
        let value = decoder.value();
        (self.reader, self.budget) = decoder.into_parts();
        value
    }
}

const fn no_value(marker: u8, offset: usize) -> Error {
    match marker {
        marker::OBJECT_END => Error::StrayObjectEnd { offset },
        marker::MOVIE_CLIP | marker::RECORD_SET => Error::ReservedMarker { marker, offset },
        _ => Error::UnknownMarker { version: 0, marker, offset },
    }
}

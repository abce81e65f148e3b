//! Reading AMF0.

use super::marker;
use crate::protocol::amf::budget::Budget;
use crate::protocol::amf::members::Members;
use crate::protocol::amf::references::References;
use crate::protocol::amf::{Date, Error, Limits, Value, amf3};
use crate::protocol::wire::Reader;

/// An empty name and the marker that ends an object.
const END_OF_MEMBERS: [u8; 3] = [0, 0, marker::OBJECT_END];

/// Reads the values of one message, which share one table of references and one budget.
#[derive(Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    references: References<'a>,
    members: Members,
}

/// All values of one message.
///
/// # Errors
/// As [`Decoder::decode`].
pub fn decode_all(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, Error> {
    let mut decoder = Decoder::new(bytes, limits);
    let mut values = Vec::new();
    while let Some(value) = decoder.decode()? {
        values.push(value);
    }
    Ok(values)
}

impl<'a> Decoder<'a> {
    /// A decoder of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self {
            reader: Reader::new(bytes),
            budget: Budget::new(limits),
            references: References::default(),
            members: Members::default(),
        }
    }

    /// The next value; none at the end of the bytes.
    ///
    /// Ends of objects that no object is there for are passed over, since some FLV writers put one
    /// more after `onMetaData` (FLV 10 §E.4.4 asks for it).
    ///
    /// # Errors
    /// What is wrong with the bytes; nothing is read after that, and the next call returns none.
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

    /// The bytes that no value has been read from yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    fn pass_object_ends(&mut self) {
        while let Some((&marker::OBJECT_END, _)) = self.reader.rest().split_first() {
            let _ = self.reader.u8();
        }
        // Elsewhere these bytes are the start of a number.
        if self.reader.rest() == END_OF_MEMBERS {
            let _ = self.reader.take(END_OF_MEMBERS.len());
        }
    }

    // The recursion goes value, container, object or elements, and again. These four keep to calls
    // and moves, so that their frames are small: a connection's thread has little stack.

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
            marker::STRING => Value::String(self.name()?),
            marker::LONG_STRING => Value::String(self.long_text()?),
            marker::XML_DOCUMENT => Value::Xml(self.long_text()?),
            marker::NULL => Value::Null,
            marker::UNDEFINED | marker::UNSUPPORTED => Value::Undefined,
            marker::DATE => self.date()?,
            marker => return Err(no_value(marker, self.reader.offset().saturating_sub(1))),
        })
    }

    /// What an object starts with: perhaps a class, perhaps a count of its members.
    fn head(&mut self, marker: u8) -> Result<(Option<String>, Option<u32>), Error> {
        match marker {
            marker::TYPED_OBJECT => Ok((Some(self.name()?).filter(|name| !name.is_empty()), None)),
            marker::ECMA_ARRAY => Ok((None, Some(self.reader.u32()?))),
            _ => Ok((None, None)),
        }
    }

    /// The name of an object's next member; none at its end. The count that an ECMA array starts
    /// with is a hint, and often wrong; it matters only where the bytes end and the end of the
    /// object is missing, as in the metadata of some files.
    fn next_name(&mut self, count: Option<u32>, read: usize) -> Result<Option<String>, Error> {
        if self.reader.is_empty() && count.is_some_and(|count| count as usize == read) {
            return Ok(None);
        }
        let name = self.name()?;
        if name.is_empty() && self.reader.rest().first() == Some(&marker::OBJECT_END) {
            self.reader.u8()?;
            return Ok(None);
        }
        Ok(Some(name))
    }

    fn name(&mut self) -> Result<String, Error> {
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

    /// One value of AMF3, which has reference tables of its own and says nothing about the values
    /// after it (AMF 0 §3.1).
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

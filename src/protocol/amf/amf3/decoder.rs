//! The reader of AMF3.

use std::rc::Rc;

use byteorder::{BigEndian, ByteOrder};

use super::marker;
use super::traits::{Layout, Traits};
use crate::protocol::amf::budget::Budget;
use crate::protocol::amf::members::Members;
use crate::protocol::amf::name::Name;
use crate::protocol::amf::references::{Pending, References};
use crate::protocol::amf::{Date, Error, Limits, ObjectVector, Value};
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// Reads the values of one message. They share the tables of references and one budget.
#[derive(Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    references: References<'a>,
    members: Members,
    strings: Vec<&'a [u8]>,
    traits: Vec<Rc<Traits<'a>>>,
}

/// The number after a marker: a value's length or flags, or a reference to an earlier value.
enum Header {
    Inline(usize),
    Reference(usize),
}

/// A value that references may name, just begun, or a reference to one.
enum Opened {
    Inline { header: usize, pending: Pending },
    Reference(usize),
}

impl<'a> Decoder<'a> {
    /// Creates a decoder of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self::within(Reader::new(bytes), Budget::new(limits))
    }

    /// Reads the next value. Returns `None` at the end of the bytes.
    ///
    /// # Errors
    /// Says what is wrong with the bytes. Later calls return `None`.
    pub fn decode(&mut self) -> Result<Option<Value>, Error> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let value = self.value();
        if value.is_err() {
            self.reader = Reader::new(&[]);
        }
        value.map(Some)
    }

    /// Creates a decoder that continues at `reader` with the rest of a budget.
    pub(in crate::protocol::amf) fn within(reader: Reader<'a>, budget: Budget) -> Self {
        Self {
            reader,
            budget,
            references: References::default(),
            members: Members::default(),
            strings: Vec::new(),
            traits: Vec::new(),
        }
    }

    /// Returns what [`Decoder::within`] was given, with its use counted.
    pub(in crate::protocol::amf) fn into_parts(self) -> (Reader<'a>, Budget) {
        (self.reader, self.budget)
    }

    // The recursion goes through value, referable, body, and object or another of its kind. These
    // do nothing but call and move, so that their frames stay small: a connection's thread has
    // little stack.

    pub(in crate::protocol::amf) fn value(&mut self) -> Result<Value, Error> {
        match self.marker()? {
            marker @ marker::XML_DOCUMENT..=marker::DICTIONARY => self.referable(marker),
            marker => self.simple(marker),
        }
    }

    fn referable(&mut self, marker: u8) -> Result<Value, Error> {
        match self.open(marker)? {
            Opened::Reference(index) => self.reread(index),
            Opened::Inline { header, pending } => {
                let value = self.body(marker, header);
                self.close(marker, &pending);
                value
            }
        }
    }

    fn body(&mut self, marker: u8, header: usize) -> Result<Value, Error> {
        match marker {
            marker::OBJECT => self.object(header),
            marker::ARRAY => self.array(header),
            marker::VECTOR_OBJECT => self.object_vector(header),
            marker::DICTIONARY => self.dictionary(header),
            _ => self.leaf(marker, header),
        }
    }

    fn object(&mut self, header: usize) -> Result<Value, Error> {
        let (traits, class_name) = self.head(header)?;
        if traits.layout == Layout::Externalizable {
            return self.value();
        }
        let start = self.members.begin();
        while let Some(name) = self.next_name(&traits, self.members.count(start))? {
            let value = self.value();
            self.members.push(name, value)?;
        }
        Ok(Value::Object(self.members.finish(start, class_name)))
    }

    fn array(&mut self, count: usize) -> Result<Value, Error> {
        let start = self.members.begin();
        self.named_members()?;
        if self.members.count(start) == 0 {
            return self.elements(count).map(Value::StrictArray);
        }
        self.numbered_members(count)?;
        Ok(Value::EcmaArray(self.members.finish(start, None)))
    }

    fn named_members(&mut self) -> Result<(), Error> {
        while let Some(name) = self.name()? {
            let value = self.value();
            self.members.push(name, value)?;
        }
        Ok(())
    }

    /// Reads the dense part of an array that has names too.
    fn numbered_members(&mut self, count: usize) -> Result<(), Error> {
        for index in 0..count {
            let name = self.budget.name(index.to_string().as_bytes())?;
            let value = self.value();
            self.members.push(name, value)?;
        }
        Ok(())
    }

    fn elements(&mut self, count: usize) -> Result<Vec<Value>, Error> {
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(self.value()?);
        }
        Ok(elements)
    }

    fn object_vector(&mut self, count: usize) -> Result<Value, Error> {
        self.is_fixed()?;
        let class_name = Some(self.text()?).filter(|name| name != "*").unwrap_or_default();
        let elements = self.elements(count)?;
        Ok(Value::from(ObjectVector { class_name, elements }))
    }

    fn dictionary(&mut self, count: usize) -> Result<Value, Error> {
        let _has_weak_keys = self.reader.u8()?;
        let mut pairs = Vec::new();
        for _ in 0..count {
            pairs.push((self.value()?, self.value()?));
        }
        Ok(Value::Dictionary(pairs))
    }

    fn reread(&mut self, index: usize) -> Result<Value, Error> {
        let (marker, header, after) = self.open_again(index)?;
        let value = self.body(marker, header);
        self.reader = after;
        self.references.end_reread();
        self.leave(marker);
        value
    }

    fn marker(&mut self) -> Result<u8, Error> {
        self.budget.charge_values(1)?;
        Ok(self.reader.u8()?)
    }

    /// Reads the number after the marker of a value that references may name. A value that is no
    /// reference itself gets a number of its own.
    fn open(&mut self, marker: u8) -> Result<Opened, Error> {
        let body = self.reader.clone();
        Ok(match self.header()? {
            Header::Reference(index) => Opened::Reference(index),
            Header::Inline(header) => {
                self.enter(marker)?;
                Opened::Inline { header, pending: self.references.begin(marker, &body) }
            }
        })
    }

    fn close(&mut self, marker: u8, pending: &Pending) {
        self.references.complete(pending);
        self.leave(marker);
    }

    /// Goes back to the target of `index`. Its own marker decides its type, not the reference's.
    /// Also returns where to continue afterwards.
    fn open_again(&mut self, index: usize) -> Result<(u8, usize, Reader<'a>), Error> {
        let referent = self.references.begin_reread(index, self.reader.offset())?;
        self.enter(referent.marker)?;
        let after = std::mem::replace(&mut self.reader, referent.body);
        let header = self.u29()? >> 1;
        Ok((referent.marker, header as usize, after))
    }

    fn enter(&mut self, marker: u8) -> Result<(), Error> {
        if holds_values(marker) { self.budget.enter() } else { Ok(()) }
    }

    const fn leave(&mut self, marker: u8) {
        if holds_values(marker) {
            self.budget.leave();
        }
    }

    /// Reads a value that references cannot name.
    fn simple(&mut self, marker: u8) -> Result<Value, Error> {
        Ok(match marker {
            marker::UNDEFINED => Value::Undefined,
            marker::NULL => Value::Null,
            marker::FALSE => Value::Boolean(false),
            marker::TRUE => Value::Boolean(true),
            // The sign is the highest of 29 bits.
            marker::INTEGER => Value::Integer((self.u29()? << 3).cast_signed() >> 3),
            marker::DOUBLE => Value::Number(self.reader.f64()?),
            marker::STRING => Value::String(self.text()?),
            marker => {
                let offset = self.reader.offset().saturating_sub(1);
                return Err(Error::UnknownMarker { version: 3, marker, offset });
            }
        })
    }

    /// Reads a value that references may name, and that contains no others.
    fn leaf(&mut self, marker: u8, header: usize) -> Result<Value, Error> {
        match marker {
            marker::DATE => self.date(),
            marker::BYTE_ARRAY => self.byte_array(header),
            marker::VECTOR_INT => self.int_vector(header),
            marker::VECTOR_UINT => self.uint_vector(header),
            marker::VECTOR_DOUBLE => self.double_vector(header),
            _ => self.xml(header),
        }
    }

    fn xml(&mut self, length: usize) -> Result<Value, Error> {
        self.budget.text(self.reader.take(length)?).map(Value::Xml)
    }

    fn date(&mut self) -> Result<Value, Error> {
        let unix_milliseconds = self.reader.f64()?;
        Ok(Value::Date(Date { unix_milliseconds, time_zone_minutes: 0 }))
    }

    fn byte_array(&mut self, length: usize) -> Result<Value, Error> {
        let bytes = self.reader.take(length)?;
        self.budget.charge_bytes(bytes.len())?;
        Ok(Value::ByteArray(bytes.to_vec()))
    }

    fn int_vector(&mut self, count: usize) -> Result<Value, Error> {
        let elements = self.numbers::<4>(count)?.iter().map(|number| BigEndian::read_i32(number));
        Ok(Value::IntVector(elements.collect()))
    }

    fn uint_vector(&mut self, count: usize) -> Result<Value, Error> {
        let elements = self.numbers::<4>(count)?.iter().map(|number| BigEndian::read_u32(number));
        Ok(Value::UintVector(elements.collect()))
    }

    fn double_vector(&mut self, count: usize) -> Result<Value, Error> {
        let elements = self.numbers::<8>(count)?.iter().map(|number| BigEndian::read_f64(number));
        Ok(Value::DoubleVector(elements.collect()))
    }

    /// Reads the elements of a vector of numbers, `N` bytes each.
    fn numbers<const N: usize>(&mut self, count: usize) -> Result<&'a [[u8; N]], Error> {
        self.is_fixed()?;
        let bytes = self.reader.take(count.saturating_mul(N))?;
        self.budget.charge_values(count)?;
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers)
    }

    /// Skips whether a vector has a fixed length, which matters in ActionScript only.
    fn is_fixed(&mut self) -> Result<(), UnexpectedEnd> {
        self.reader.u8().map(|_| ())
    }

    /// Reads what an object starts with: its traits, and perhaps its class. Refuses formats that
    /// only the class can read, unless they are known to be one value.
    fn head(&mut self, header: usize) -> Result<(Rc<Traits<'a>>, Option<String>), Error> {
        let traits = self.traits(header)?;
        let class_name = self.budget.text(traits.class_name)?;
        if traits.layout == Layout::Externalizable && !traits.wraps_one_value() {
            return Err(Error::Externalizable { class_name });
        }
        Ok((traits, Some(class_name).filter(|name| !name.is_empty())))
    }

    /// Reads the name of an object's next member, sealed ones first. Returns `None` at its end.
    fn next_name(&mut self, traits: &Traits<'a>, read: usize) -> Result<Option<Name>, Error> {
        match (traits.sealed.get(read), traits.layout) {
            (Some(name), _) => self.budget.name(name).map(Some),
            (None, Layout::Dynamic) => self.name(),
            (None, _) => Ok(None),
        }
    }

    /// Reads the name of a member. Returns `None` for the empty name that ends the members.
    fn name(&mut self) -> Result<Option<Name>, Error> {
        let bytes = self.bytes()?;
        (!bytes.is_empty()).then(|| self.budget.name(bytes)).transpose()
    }

    /// Reads the class and the sealed members of an object, in full or by reference (AMF 3 §3.12).
    fn traits(&mut self, header: usize) -> Result<Rc<Traits<'a>>, Error> {
        if header & 1 == 0 {
            let index = header >> 1;
            let offset = self.reader.offset();
            let traits = self.traits.get(index);
            return traits.cloned().ok_or(Error::UnknownReference { index, offset });
        }
        let traits = Rc::new(self.inline_traits(header >> 1)?);
        if !self.references.is_rereading() {
            self.traits.push(Rc::clone(&traits));
        }
        Ok(traits)
    }

    fn inline_traits(&mut self, flags: usize) -> Result<Traits<'a>, Error> {
        let class_name = self.bytes()?;
        let mut sealed = Vec::new();
        if flags & 1 != 0 {
            return Ok(Traits { class_name, sealed, layout: Layout::Externalizable });
        }
        for _ in 0..flags >> 2 {
            // One byte names a member where the name is empty or was sent before; here it takes
            // more.
            self.budget.charge_values(1)?;
            sealed.push(self.bytes()?);
        }
        let layout = if flags & 2 == 0 { Layout::Sealed } else { Layout::Dynamic };
        Ok(Traits { class_name, sealed, layout })
    }

    fn text(&mut self) -> Result<String, Error> {
        let bytes = self.bytes()?;
        self.budget.text(bytes)
    }

    /// Reads a string, in full or by reference. Empty ones have no number.
    fn bytes(&mut self) -> Result<&'a [u8], Error> {
        match self.header()? {
            Header::Reference(index) => {
                let offset = self.reader.offset();
                let string = self.strings.get(index).copied();
                string.ok_or(Error::UnknownReference { index, offset })
            }
            Header::Inline(length) => {
                let string = self.reader.take(length)?;
                if !string.is_empty() && !self.references.is_rereading() {
                    self.strings.push(string);
                }
                Ok(string)
            }
        }
    }

    fn header(&mut self) -> Result<Header, UnexpectedEnd> {
        let number = self.u29()?;
        let rest = (number >> 1) as usize;
        Ok(if number & 1 == 0 { Header::Reference(rest) } else { Header::Inline(rest) })
    }

    /// Reads the variable-length number of AMF 3 §1.3.1: seven bits a byte, but eight in a fourth.
    fn u29(&mut self) -> Result<u32, UnexpectedEnd> {
        let mut number = 0;
        for _ in 0..3 {
            let byte = self.reader.u8()?;
            number = (number << 7) | u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Ok((number << 8) | u32::from(self.reader.u8()?))
    }
}

const fn holds_values(marker: u8) -> bool {
    matches!(marker, marker::OBJECT | marker::ARRAY | marker::VECTOR_OBJECT | marker::DICTIONARY)
}

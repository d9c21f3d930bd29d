//! A file of objects as text: JSON with an indentation of two blanks, or an object on each line.

use rusqlite::Connection;
use serde_json::{Map, Value};

use super::fault::ObjectFault;
use super::run::run_value;
use super::{ObjectContent, ObjectFile, ObjectFiles, each_object};
use crate::prompt::{Rule, Vars};
use crate::record::canonical;
use crate::stage::export::error::ExportError;
use crate::stage::export::sink::Sink;

/// Makes the bytes of a file; returns how many objects it has.
pub(in crate::stage::export) fn render_objects(
    connection: &Connection,
    files: &ObjectFiles,
    file: &ObjectFile,
    sink: Sink<'_>,
) -> Result<i64, ExportError> {
    let list = match &file.content {
        ObjectContent::Run { variables, fields } => {
            let vars = Vars::new().run(&run_value(connection, files)?).variables(variables);
            let mut text = pretty(&about_run(file, fields, &vars)?, 0);
            text.push(b'\n');
            sink(&text)?;
            return Ok(1);
        }
        ObjectContent::List { list, .. } => list.as_deref(),
    };
    let mut count = 0;
    if file.is_lines {
        each_object::<ExportError>(connection, files, file, &mut |object| {
            count += 1;
            let mut line = Vec::new();
            write_compact(&Value::Object(object.object), &mut line);
            line.push(b'\n');
            Ok(sink(&line)?)
        })?;
        return Ok(count);
    }
    let mut head = Vec::new();
    if let Some(list) = list {
        head.extend_from_slice(b"{\n  ");
        canonical::write_str(list, &mut head);
        head.extend_from_slice(b": ");
    }
    head.push(b'[');
    sink(&head)?;
    let depth = if list.is_some() { 2 } else { 1 };
    each_object::<ExportError>(connection, files, file, &mut |object| {
        let mut text = if count > 0 { b",\n".to_vec() } else { b"\n".to_vec() };
        count += 1;
        text.extend_from_slice(INDENT.repeat(depth).as_bytes());
        text.extend_from_slice(&pretty(&Value::Object(object.object), depth));
        Ok(sink(&text)?)
    })?;
    let mut tail = Vec::new();
    if count > 0 {
        tail.push(b'\n');
        tail.extend_from_slice(INDENT.repeat(depth - 1).as_bytes());
    }
    tail.extend_from_slice(if list.is_some() { b"]\n}\n" } else { b"]\n" });
    sink(&tail)?;
    Ok(count)
}

/// The object about the run.
fn about_run(file: &ObjectFile, fields: &[(String, Rule)], vars: &Vars) -> Result<Value, ObjectFault> {
    let field = |(name, rule): &(String, Rule)| {
        let value = rule.value(vars).map_err(|problem| ObjectFault {
            file: file.name.clone(),
            object: "the object about the run".to_owned(),
            field: name.clone(),
            problem,
            hint: None,
        })?;
        Ok((name.clone(), value))
    };
    fields.iter().map(field).collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

const INDENT: &str = "  ";

/// A value on several lines, at a depth of so many indentations. Its first line has none: what stands before it is the
/// caller's.
pub(in crate::stage::export) fn pretty(value: &Value, depth: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    write_pretty(value, depth, &mut out);
    out
}

fn write_pretty(value: &Value, depth: usize, out: &mut Vec<u8>) {
    let (ends, count) = match value {
        Value::Object(fields) => ([b'{', b'}'], fields.len()),
        Value::Array(items) => ([b'[', b']'], items.len()),
        scalar => return canonical::write(scalar, out),
    };
    out.push(ends[0]);
    let next_line = |out: &mut Vec<u8>, index: usize, depth: usize| {
        out.extend_from_slice(if index > 0 && index < count { b",\n" } else { b"\n" });
        out.extend_from_slice(INDENT.repeat(depth).as_bytes());
    };
    match value {
        Value::Object(fields) => {
            for (index, (name, field)) in fields.iter().enumerate() {
                next_line(out, index, depth + 1);
                canonical::write_str(name, out);
                out.extend_from_slice(b": ");
                write_pretty(field, depth + 1, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                next_line(out, index, depth + 1);
                write_pretty(item, depth + 1, out);
            }
        }
        _ => {}
    }
    if count > 0 {
        next_line(out, count, depth);
    }
    out.push(ends[1]);
}

/// A value on one line, its keys in their order.
fn write_compact(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(canonical::to_string_in_order(value).as_bytes());
}

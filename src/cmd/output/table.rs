//! `table`: members and endpoints, drawn with box characters.

use super::{Printer, Reply, guided, rows, rows::Rows, unsupported};
use crate::cmd::error::CliError;
use comfy_table::{Cell, CellAlignment, ContentArrangement};
use std::io::Write;

/// A light box around everything, a line below the titles, none between the rows.
const BOX: &str = "││──├─┼┤│    ┬┴┌┐└┘";

/// The same without the line below the titles, for a list of nothing.
const BOX_OF_TITLES: &str = "││──    │    ┬┴┌┐└┘";

/// The printer.
pub struct Table;

impl Printer for Table {
    fn print(&self, out: &mut dyn Write, reply: Reply<'_>) -> Result<(), CliError> {
        let text = match reply {
            Reply::MemberList(reply) => draw(rows::members(reply)),
            Reply::MemberDetails { members, .. } => draw(guided::details(members)),
            Reply::Health(list) => draw(rows::health(list)),
            Reply::Status(list) => draw(rows::status(list)),
            Reply::HashKv(list) => draw(rows::hashes(list)),
            _ => return Err(unsupported("table")),
        };
        Ok(writeln!(out, "{text}")?)
    }
}

fn draw<const N: usize>(list: Rows<N>) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_preset(if list.rows.is_empty() { BOX_OF_TITLES } else { BOX })
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(list.titles.iter().enumerate().map(|(column, title)| {
        let mut title = title.to_uppercase().replace('_', " ");
        let width = list.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        // Where a title cannot be centred exactly, the odd space goes to its right.
        if width > title.len() && !(width - title.len()).is_multiple_of(2) {
            title.push(' ');
        }
        Cell::new(title).set_alignment(CellAlignment::Center)
    }));
    for row in list.rows {
        table.add_row(row.map(|text| Cell::new(text).set_alignment(CellAlignment::Right)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;

    #[test]
    fn titles_are_centred_and_cells_are_on_the_right() {
        let text = printed(&Table, Reply::HashKv(&hashes()));
        let expected = "\
┌──────────┬────────────┬───────────────┐
│ ENDPOINT │    HASH    │ HASH REVISION │
├──────────┼────────────┼───────────────┤
│      a:2 │ 1084519789 │             7 │
└──────────┴────────────┴───────────────┘
";
        assert_eq!(text, expected);
    }

    #[test]
    fn an_odd_space_stands_behind_the_title() {
        let text = printed(&Table, Reply::MemberList(&members()));
        assert!(text.contains("│ STATUS  │"), "{text}");
        assert!(text.contains("│ started │"), "{text}");
    }

    #[test]
    fn a_list_of_nothing_has_titles_only() {
        let expected = "\
┌──────────┬──────┬───────────────┐
│ ENDPOINT │ HASH │ HASH REVISION │
└──────────┴──────┴───────────────┘
";
        assert_eq!(printed(&Table, Reply::HashKv(&[])), expected);
    }

    #[test]
    fn replies_without_rows_are_refused() {
        assert_eq!(refused(&Table, Reply::Put(&put())), "table not supported as output format");
    }
}

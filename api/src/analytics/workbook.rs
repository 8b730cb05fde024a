//! Writing a workbook while its rows arrive: on a thread of its own, row by row into a temporary file.

use std::{
    fs::File,
    io::{self, Seek},
};

use projections::analytics::exports::{Cells, Column, Report, Shape};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::{JoinHandle, spawn_blocking},
};

/// Rows of a sheet: what the format allows.
const SHEET_ROWS: u32 = 1_048_576;
/// What a spreadsheet's numbers hold exactly.
const EXACT_DIGITS: usize = 15;
/// The longest text of a cell, in characters: what the format allows.
const CELL_CHARS: usize = 32_767;

/// Pages of rows go in; the whole file comes out, to be read from its beginning.
pub(super) fn begin(report: Report) -> (Sender<Vec<Cells>>, JoinHandle<io::Result<File>>) {
    let (sender, receiver) = mpsc::channel(2);
    (sender, spawn_blocking(move || write(report, receiver).map_err(io::Error::other)))
}

fn write(report: Report, mut pages: Receiver<Vec<Cells>>) -> Result<File, XlsxError> {
    let mut workbook = Workbook::new();
    let mut sheets = 1_u32;
    let mut next_row = heading(workbook.add_worksheet_with_constant_memory()?, report, sheets)?;
    while let Some(page) = pages.blocking_recv() {
        for cells in page {
            if next_row == SHEET_ROWS {
                sheets = sheets.saturating_add(1);
                next_row = heading(workbook.add_worksheet_with_constant_memory()?, report, sheets)?;
            }
            let newest = workbook.worksheets_mut().last_mut();
            let sheet = newest.ok_or_else(|| XlsxError::ParameterError("there is no sheet".to_owned()))?;
            write_row(sheet, next_row, &cells, report.columns())?;
            next_row = next_row.saturating_add(1);
        }
    }
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&mut file)?;
    file.rewind()?;
    Ok(file)
}

/// Names the sheet and its columns; answers the first row for data.
fn heading(sheet: &mut Worksheet, report: Report, number: u32) -> Result<u32, XlsxError> {
    if number == 1 {
        sheet.set_name(report.as_str())?;
    } else {
        sheet.set_name(format!("{} {number}", report.as_str()))?;
    }
    for (column, heading) in (0_u16..).zip(report.columns()) {
        sheet.write_string(0, column, heading.name)?;
    }
    Ok(1)
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &Cells, columns: &[Column]) -> Result<(), XlsxError> {
    for (index, (cell, column)) in (0_u16..).zip(cells.iter().zip(columns)) {
        let Some(text) = cell else { continue };
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        // The format holds numbers as binary fractions; with so few digits they come back as they went in.
        match text.parse::<f64>() {
            Ok(number) if column.shape == Shape::Number && digits <= EXACT_DIGITS => {
                sheet.write_number(row, index, number)?;
            }
            Ok(_) | Err(_) => {
                let shown: String = text.chars().take(CELL_CHARS).collect();
                sheet.write_string(row, index, shown)?;
            }
        }
    }
    Ok(())
}

//! A reading of the file of its own: nothing here uses the import, nor our money.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{Read, Write},
    path::Path,
};

use flate2::read::GzDecoder;

/// The cells of a row.
pub(crate) type Cells = Vec<String>;

/// What is checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) orders: u64,
    pub(crate) order_lines: u64,
    pub(crate) order_amount: i64,
    pub(crate) credits: u64,
    pub(crate) credit_lines: u64,
    /// Below zero.
    pub(crate) credit_amount: i64,
    pub(crate) adjustments: u64,
    pub(crate) net_units: i64,
    pub(crate) by_country: BTreeMap<String, i64>,
}

/// All rows without the header.
pub(crate) fn rows(file: &Path) -> Vec<Cells> {
    let mut bytes = Vec::new();
    File::open(file).unwrap().read_to_end(&mut bytes).unwrap();
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// Millionths.
fn micros(price: &str) -> i128 {
    let (whole, fraction) = price.split_once('.').unwrap_or((price, ""));
    format!("{whole}{fraction:0<6}").parse().unwrap()
}

/// Pence, half to even.
fn pence(units: i64, price: &str) -> i64 {
    let micros = i128::from(units) * micros(price);
    let (pence, rest) = (micros.div_euclid(10_000), micros.rem_euclid(10_000));
    let up = rest > 5_000 || (rest == 5_000 && pence.rem_euclid(2) == 1);
    i64::try_from(pence + i128::from(up)).unwrap()
}

pub(crate) fn sums(rows: &[Cells]) -> Sums {
    let mut invoices: HashMap<&str, Vec<&Cells>> = HashMap::new();
    for row in rows {
        invoices.entry(&row[0]).or_default().push(row);
    }
    let mut sums = Sums::default();
    for (number, lines) in invoices {
        let is_free = lines.iter().all(|line| micros(&line[5]) == 0);
        let is_credit = number.starts_with('C');
        match (is_credit, is_free) {
            (true, _) => sums.credits += 1,
            (false, true) => sums.adjustments += 1,
            (false, false) => sums.orders += 1,
        }
        for line in lines {
            let units: i64 = line[3].parse().unwrap();
            let amount = pence(units, &line[5]);
            sums.net_units += units;
            if is_free && !is_credit {
                continue;
            }
            *sums.by_country.entry(line[7].clone()).or_default() += amount;
            if is_credit {
                sums.credit_lines += 1;
                sums.credit_amount += amount;
            } else {
                sums.order_lines += 1;
                sums.order_amount += amount;
            }
        }
    }
    sums
}

/// A shuffled copy with other invoice numbers, codes, customers and countries, and prices times 1.237.
pub(crate) fn copy(rows: &[Cells], seed: u64) -> tempfile::NamedTempFile {
    let mut rows: Vec<Cells> = rows.iter().map(renamed).collect();
    let mut state = seed;
    for last in (1..rows.len()).rev() {
        // Knuth's MMIX generator; its high bits are good enough to shuffle with.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap() % (last + 1);
        rows.swap(last, other);
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    {
        let mut writer = csv::Writer::from_writer(&mut file);
        let header = [
            "InvoiceNo",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "UnitPrice",
            "CustomerID",
            "Country",
        ];
        writer.write_record(header).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        writer.flush().unwrap();
    }
    file.flush().unwrap();
    file
}

fn renamed(row: &Cells) -> Cells {
    let invoice = match row[0].strip_prefix('C') {
        Some(number) => format!("C9{number}"),
        None => format!("9{}", row[0]),
    };
    let price = micros(&row[5]) * 1_237 / 1_000;
    let customer = if row[6].is_empty() {
        String::new()
    } else {
        format!("7{}", row[6])
    };
    vec![
        invoice,
        format!("z-{}", row[1]),
        row[2].clone(),
        row[3].clone(),
        row[4].clone(),
        format!("{}.{:06}", price / 1_000_000, price % 1_000_000),
        customer,
        format!("New {}", row[7]),
    ]
}

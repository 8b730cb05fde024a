//! Reading the file as a stream, csv or gzipped csv; rows are grouped by invoice wherever they stand.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{Context, SHA256};
use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    ImportError, Phase, Progress,
    plan::Unplaced,
    row::{self, Row},
};

const ROWS_PER_REPORT: u64 = 5_000;

/// All that the file says.
pub(super) struct Sheet {
    /// SHA-256 of the uncompressed text.
    pub(super) digest: Vec<u8>,
    pub(super) rows: u64,
    pub(super) rows_without_customer: u64,
    /// By invoice, in order of first appearance.
    pub(super) invoices: Vec<Vec<Row>>,
    /// Rows that are no rows.
    pub(super) unplaced: Vec<Unplaced>,
}

pub(super) async fn read(
    file: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Sheet, ImportError> {
    let (report, mut reports) = mpsc::unbounded_channel();
    let path = file.to_owned();
    let reading = spawn_blocking(move || Reader::open(&path, report)?.all());
    while let Some(done) = reports.recv().await {
        progress(Progress { phase: Phase::Reading, done, total: None });
    }
    reading.await.map_err(|error| ImportError::File {
        path: file.display().to_string(),
        source: io::Error::other(error),
    })?
}

/// The names of the columns, in both published versions of the data.
const COLUMNS: [&[&str]; 8] = [
    &["InvoiceNo", "Invoice"],
    &["StockCode"],
    &["Description"],
    &["Quantity"],
    &["InvoiceDate"],
    &["UnitPrice", "Price"],
    &["CustomerID", "Customer ID"],
    &["Country"],
];

struct Reader {
    path: PathBuf,
    csv: csv::Reader<Hashing>,
    columns: [usize; 8],
    names: HashSet<Arc<str>>,
    report: mpsc::UnboundedSender<u64>,
}

impl Reader {
    fn open(path: &Path, report: mpsc::UnboundedSender<u64>) -> Result<Self, ImportError> {
        let failed = |source| ImportError::File { path: path.display().to_string(), source };
        let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(failed)?);
        let is_gzip = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let plain: Box<dyn Read + Send> = if is_gzip {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        let hashing = Hashing { inner: plain, digest: Context::new(&SHA256) };
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(hashing);
        let header = csv.byte_headers().map_err(|error| format_error(path, &error))?.clone();
        let columns = columns(&header).map_err(|missing| ImportError::Format {
            path: path.display().to_string(),
            reason: format!("the column {missing} is missing"),
        })?;
        Ok(Self {
            path: path.to_owned(),
            csv,
            columns,
            names: HashSet::new(),
            report,
        })
    }

    fn all(mut self) -> Result<Sheet, ImportError> {
        let mut invoices: Vec<Vec<Row>> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut unplaced = Vec::new();
        let mut record = ByteRecord::new();
        let (mut ordinal, mut rows_without_customer) = (0, 0);
        while self.csv.read_byte_record(&mut record).map_err(|error| format_error(&self.path, &error))? {
            ordinal += 1;
            match self.row(ordinal, &record) {
                Ok(row) => {
                    rows_without_customer += u64::from(row.customer.is_none());
                    let place = *places.entry(Arc::clone(&row.invoice)).or_insert_with(|| {
                        invoices.push(Vec::new());
                        invoices.len() - 1
                    });
                    if let Some(invoice) = invoices.get_mut(place) {
                        invoice.push(row);
                    }
                }
                Err(reason) => unplaced.push(Unplaced {
                    invoice: self.cell(&record, 0).unwrap_or_default().into_owned(),
                    rows: vec![ordinal],
                    reason: reason.to_owned(),
                }),
            }
            if ordinal % ROWS_PER_REPORT == 0 {
                // Nobody listens any more when the import was given up.
                let _ = self.report.send(ordinal);
            }
        }
        let _ = self.report.send(ordinal);
        let digest = self.csv.into_inner().digest.finish().as_ref().to_vec();
        Ok(Sheet {
            digest,
            rows: ordinal,
            rows_without_customer,
            invoices,
            unplaced,
        })
    }

    fn row(&mut self, ordinal: u64, record: &ByteRecord) -> Result<Row, &'static str> {
        let quantity =
            self.cell(record, 3).and_then(|cell| row::whole(&cell)).ok_or("quantity is no number")?;
        let at = self.cell(record, 4).and_then(|cell| row::time(&cell)).ok_or("date is no date")?;
        let price = self.cell(record, 5).and_then(|cell| row::price(&cell)).ok_or("price is no price")?;
        let customer = self.cell(record, 6).map(|cell| row::customer(&cell).to_owned());
        Ok(Row {
            ordinal,
            invoice: self.name(record, 0).ok_or("invoice number is missing")?,
            code: self.name(record, 1).ok_or("stock code is missing")?,
            description: self.name(record, 2),
            quantity,
            price,
            at,
            customer: customer.filter(|customer| !customer.is_empty()).map(|customer| self.intern(&customer)),
            country: self.name(record, 7),
        })
    }

    /// A cell's text; where it is no UTF-8, the file is in Latin-1, as its first publication was.
    fn cell<'r>(&self, record: &'r ByteRecord, column: usize) -> Option<Cow<'r, str>> {
        let bytes = record.get(*self.columns.get(column)?)?;
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        })
    }

    fn name(&mut self, record: &ByteRecord, column: usize) -> Option<Arc<str>> {
        let cell = self.cell(record, column)?;
        let text = cell.trim();
        (!text.is_empty()).then(|| self.intern(text))
    }

    /// The same few texts stand in hundreds of thousands of rows.
    fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.names.insert(Arc::clone(&new));
        new
    }
}

fn format_error(path: &Path, error: &csv::Error) -> ImportError {
    ImportError::Format { path: path.display().to_string(), reason: error.to_string() }
}

fn columns(header: &ByteRecord) -> Result<[usize; 8], &'static str> {
    let mut columns = [0; 8];
    for (column, names) in columns.iter_mut().zip(COLUMNS) {
        let is_it = |cell: &[u8]| {
            let text = String::from_utf8_lossy(cell);
            let text = text.trim_start_matches('\u{feff}').trim().to_owned();
            names.iter().any(|name| name.eq_ignore_ascii_case(&text))
        };
        *column = header.iter().position(is_it).ok_or(names.first().copied().unwrap_or_default())?;
    }
    Ok(columns)
}

/// Hashes what is read through it.
struct Hashing {
    inner: Box<dyn Read + Send>,
    digest: Context,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

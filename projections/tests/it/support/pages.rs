//! Whole lists.

use projections::{Page, PageRequest, ReadError};

/// All items of a list, page by page.
pub(crate) async fn all<T, F>(mut read: impl FnMut(PageRequest) -> F) -> Vec<T>
where
    F: Future<Output = Result<Page<T>, ReadError>>,
{
    let mut items = Vec::new();
    let mut page = PageRequest { after: None, limit: 7, with_total: true };
    loop {
        let read = read(page.clone()).await.unwrap();
        items.extend(read.items);
        match read.next {
            Some(next) => page.after = Some(next),
            None => {
                assert_eq!(read.total, Some(i64::try_from(items.len()).unwrap()));
                return items;
            }
        }
    }
}

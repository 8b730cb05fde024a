//! What can be exported: from which tables, in which order, with which columns.

/// A list that can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// One row per order.
    Orders,
    /// One row per product.
    Products,
    /// One row per customer's account; names and addresses are not in it.
    Customers,
    /// One row per day, product, country and currency.
    Sales,
    /// One row per product and warehouse.
    Inventory,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Words; whatever somebody once typed.
    Text,
    /// A plain decimal.
    Number,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    sql: &'static str,
}

const fn text(name: &'static str, sql: &'static str) -> Column {
    Column { name, shape: Shape::Text, sql }
}

const fn number(name: &'static str, sql: &'static str) -> Column {
    Column { name, shape: Shape::Number, sql }
}

struct Source {
    read_model: &'static str,
    from: &'static str,
    /// Always true of every row.
    filter: &'static str,
    /// Unique together; with their types.
    key: &'static [(&'static str, &'static str)],
    columns: &'static [Column],
}

const ORDERS: Source = Source {
    read_model: "order_list_v2",
    from: "order_list_v2.orders o",
    filter: "true",
    key: &[("o.id", "uuid")],
    columns: &[
        text("id", "'ord_' || replace(o.id::text, '-', '')"),
        text("external_id", "o.external_id"),
        text("placed_at", "to_char(o.placed_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
        text("status", "o.status"),
        text("payment_method", "o.payment_method"),
        text("payment_status", "o.payment_status"),
        text("delivery_status", "o.delivery_status"),
        text("fulfilment", "o.fulfilment"),
        text("customer_id", "'usr_' || replace(o.customer::text, '-', '')"),
        text("country", "o.country"),
        text("zone", "o.zone"),
        text("currency", "o.currency"),
        number("subtotal", "round(o.subtotal * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("discount", "round(o.discount * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("delivery", "round(o.delivery * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("tax", "round(o.tax * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("rounding", "round(o.rounding * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("total", "round(o.total * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("credited", "round(o.credited * power(10::numeric, -o.exponent), o.exponent)::text"),
        number("lines", "o.line_count::text"),
        number("units", "o.units::text"),
        number("invoice_number", "o.invoice_number::text"),
        text("cancel_reason", "o.cancel_reason"),
    ],
};

const PRODUCTS: Source = Source {
    read_model: "product_list_v3",
    from: "product_list_v3.products p left join product_list_v3.product_stock s on s.product = p.id",
    filter: "true",
    key: &[("p.id", "uuid")],
    columns: &[
        text("id", "'prd_' || replace(p.id::text, '-', '')"),
        text("sku", "p.sku"),
        text("title", "coalesce(p.title ->> 'en', p.sort_title)"),
        text("kind", "p.kind"),
        text("status", "p.status"),
        text("company_id", "'com_' || replace(p.company::text, '-', '')"),
        text("currency", "p.currency"),
        number("base_price", "round(p.base_micros / 1000000.0, 6)::text"),
        number("discounted_price", "round(p.discounted_micros / 1000000.0, 6)::text"),
        number("wholesale_price", "round(p.wholesale_micros / 1000000.0, 6)::text"),
        number("min_order_quantity", "p.min_order_quantity::text"),
        number("available", "case when p.kind = 'goods' then coalesce(s.available, 0)::text end"),
        text("barcode", "p.barcode"),
        text("tags", "array_to_string(p.tags, ' ')"),
        text("external_id", "p.external_id"),
        text("created_at", "to_char(p.created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
    ],
};

const CUSTOMERS: Source = Source {
    read_model: "accounts_v2",
    from: "accounts_v2.accounts a",
    filter: "a.role = 'customer'",
    key: &[("a.id", "uuid")],
    columns: &[
        text("id", "'usr_' || replace(a.id::text, '-', '')"),
        text("status", "case when a.active then 'active' else 'inactive' end"),
        text("zones", "array_to_string(a.zones, ' ')"),
        text(
            "registered_at",
            "to_char(a.registered_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        ),
    ],
};

const SALES: Source = Source {
    read_model: "sales_v3",
    from: "sales_v3.product_days d",
    filter: "true",
    key: &[
        ("d.day", "date"),
        ("d.product", "uuid"),
        ("d.country", "text"),
        ("d.currency", "text"),
    ],
    columns: &[
        text("day", "d.day::text"),
        text("country", "nullif(d.country, '')"),
        text("product_id", "'prd_' || replace(d.product::text, '-', '')"),
        text("sku", "d.sku"),
        text("currency", "d.currency"),
        number("lines_sold", "d.lines_sold::text"),
        number("units_sold", "d.units_sold::text"),
        number("lines_returned", "d.lines_returned::text"),
        number("units_returned", "d.units_returned::text"),
        number("gross", "round(d.gross * power(10::numeric, -d.exponent), d.exponent)::text"),
        number("discount", "round(d.discount * power(10::numeric, -d.exponent), d.exponent)::text"),
        number("credited", "round(d.credited * power(10::numeric, -d.exponent), d.exponent)::text"),
        number(
            "net",
            "round((d.gross - d.discount - d.credited) * power(10::numeric, -d.exponent), d.exponent)::text",
        ),
    ],
};

const INVENTORY: Source = Source {
    read_model: "stock_levels_v2",
    from: "stock_levels_v2.levels l left join stock_levels_v2.products p on p.id = l.product \
           left join stock_levels_v2.warehouses w on w.id = l.warehouse",
    filter: "true",
    key: &[("l.product", "uuid"), ("l.warehouse", "uuid")],
    columns: &[
        text("product_id", "'prd_' || replace(l.product::text, '-', '')"),
        text("sku", "p.sku"),
        text("title", "coalesce(p.title ->> 'en', p.sku)"),
        text("status", "p.status"),
        text("warehouse_id", "'wrh_' || replace(l.warehouse::text, '-', '')"),
        text("warehouse", "w.code"),
        number("on_hand", "l.on_hand::text"),
        number("reserved", "l.reserved::text"),
        number("held", "l.held::text"),
        number("available", "l.available::text"),
        number("threshold", "l.threshold::text"),
        text("level", "l.level"),
    ],
};

impl Report {
    /// Every report.
    pub const ALL: &'static [Self] = &[
        Self::Orders,
        Self::Products,
        Self::Customers,
        Self::Sales,
        Self::Inventory,
    ];

    /// Its name in one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Sales => "sales",
            Self::Inventory => "inventory",
        }
    }

    /// The key of the read model that it reads, for waiting until that has followed far enough.
    #[must_use]
    pub const fn model_name(self) -> &'static str {
        match self {
            Self::Orders => "order_list",
            Self::Products => "product_list",
            Self::Customers => "accounts",
            Self::Sales => "sales",
            Self::Inventory => "stock_levels",
        }
    }

    const fn source(self) -> &'static Source {
        match self {
            Self::Orders => &ORDERS,
            Self::Products => &PRODUCTS,
            Self::Customers => &CUSTOMERS,
            Self::Sales => &SALES,
            Self::Inventory => &INVENTORY,
        }
    }

    pub(super) const fn read_model(self) -> &'static str {
        self.source().read_model
    }

    /// Its columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        self.source().columns
    }

    /// The statement of one page, `$1` rows at most; the parts of the last key are `$2` and so on. All of it is
    /// constant text.
    pub(super) fn page(self, is_continued: bool) -> String {
        let source = self.source();
        let list =
            |part: fn(&(&str, &str)) -> String| source.key.iter().map(part).collect::<Vec<_>>().join(", ");
        let keys = list(|(column, _)| (*column).to_owned());
        let texts = list(|(column, _)| format!("{column}::text"));
        let cells: Vec<&str> = source.columns.iter().map(|column| column.sql).collect();
        let cells = cells.join(", ");
        let after = if is_continued {
            let kinds = source.key.iter().map(|(_, kind)| kind);
            let parts: Vec<String> =
                (2..).zip(kinds).map(|(number, kind)| format!("${number}::{kind}")).collect();
            format!(" and ({keys}) > ({})", parts.join(", "))
        } else {
            String::new()
        };
        format!(
            "select array[{texts}] as key, array[{cells}]::text[] as cells from {} where {}{after} \
             order by {keys} limit $1",
            source.from, source.filter
        )
    }
}

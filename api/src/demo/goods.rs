//! Three warehouses, some thirty products of a distributor of food and household goods, and their stock.

use std::collections::{BTreeMap, HashMap};

use commands::{
    CommandError,
    inventory::{AdjustStock, OpenWarehouse, ReceiveStock, SetThreshold},
};
use domain::{
    catalog::{AttributeValues, Presentation, Prices, ProductDetails, ProductKind, RegisterProduct},
    ids::{ProductId, WarehouseId},
    money::{Currency, UnitPrice},
    quantity::Quantity,
    text::{Code, Country, LocalizedText, Reason, Sku, Tag, Zone},
};
use futures_util::future::try_join_all;

use super::{Demo, accounts::vendor_company, wrong};

/// Code, titles, zones.
const WAREHOUSES: [(&str, [&str; 3], &[&str]); 3] = [
    (
        "BGW-1",
        [
            "Baghdad central warehouse",
            "مستودع بغداد المركزي",
            "کۆگای ناوەندی بەغدا",
        ],
        &["baghdad"],
    ),
    ("EBL-1", ["Erbil warehouse", "مستودع أربيل", "کۆگای هەولێر"], &["erbil"]),
    (
        "BSR-1",
        [
            "Basra port warehouse",
            "مستودع ميناء البصرة",
            "کۆگای بەندەری بەسرە",
        ],
        &["basra"],
    ),
];

/// A product: prices in IQD, stock in the three warehouses.
struct Item {
    sku: &'static str,
    tag: &'static str,
    titles: [&'static str; 3],
    price: i64,
    discounted: Option<i64>,
    wholesale: Option<i64>,
    min: u32,
    stock: [u32; 3],
    threshold: u32,
    seller: Seller,
}

#[derive(PartialEq, Eq)]
enum Seller {
    Marketplace,
    Vendor,
}

const fn item(
    sku: &'static str,
    tag: &'static str,
    titles: [&'static str; 3],
    price: i64,
    min: u32,
    stock: [u32; 3],
    threshold: u32,
) -> Item {
    Item {
        sku,
        tag,
        titles,
        price,
        discounted: None,
        wholesale: None,
        min,
        stock,
        threshold,
        seller: Seller::Marketplace,
    }
}

impl Item {
    const fn reduced(mut self, price: i64) -> Self {
        self.discounted = Some(price);
        self
    }

    const fn wholesale(mut self, price: i64) -> Self {
        self.wholesale = Some(price);
        self
    }

    const fn of_vendor(mut self) -> Self {
        self.seller = Seller::Vendor;
        self
    }
}

#[rustfmt::skip]
const ITEMS: &[Item] = &[
    item("RICE-BASMATI-5", "grains", ["Basmati rice 5 kg", "أرز بسمتي ٥ كغم", "برنجی بەسمەتی ٥ کگم"], 14_500, 1, [400, 260, 180], 40).wholesale(13_500),
    item("RICE-ANBAR-10", "grains", ["Amber rice 10 kg", "أرز عنبر ١٠ كغم", "برنجی عەنبەر ١٠ کگم"], 32_000, 1, [220, 90, 140], 30).reduced(30_500),
    item("BULGUR-COARSE-1", "grains", ["Coarse bulgur 1 kg", "برغل خشن ١ كغم", "ساوەری درشت ١ کگم"], 2_250, 6, [300, 420, 80], 60).of_vendor(),
    item("FLOUR-ZERO-25", "grains", ["Flour type zero 25 kg", "طحين صفر ٢٥ كغم", "ئاردی سفر ٢٥ کگم"], 24_000, 1, [150, 120, 60], 20),
    item("LENTILS-RED-1", "pulses", ["Red lentils 1 kg", "عدس أحمر ١ كغم", "نیسکی سوور ١ کگم"], 2_500, 6, [360, 200, 160], 50),
    item("CHICKPEAS-1", "pulses", ["Chickpeas 1 kg", "حمص ١ كغم", "نۆک ١ کگم"], 3_000, 6, [240, 180, 120], 40).of_vendor(),
    item("BEANS-WHITE-1", "pulses", ["White beans 1 kg", "فاصوليا بيضاء ١ كغم", "فاسۆلیای سپی ١ کگم"], 3_500, 6, [260, 150, 90], 40),
    item("OIL-SUNFLOWER-3", "oils", ["Sunflower oil 3 l", "زيت دوار الشمس ٣ لتر", "زەیتی گوڵەبەڕۆژە ٣ لیتر"], 9_750, 4, [320, 200, 140], 48).wholesale(9_250),
    item("OIL-OLIVE-1", "oils", ["Olive oil 1 l", "زيت زيتون ١ لتر", "زەیتی زەیتوون ١ لیتر"], 11_000, 1, [80, 140, 40], 20).of_vendor(),
    item("GHEE-1", "oils", ["Vegetable ghee 1 kg", "دهن نباتي ١ كغم", "ڕۆنی ڕووەکی ١ کگم"], 4_250, 6, [180, 90, 70], 30),
    item("TEA-CEYLON-500", "drinks", ["Ceylon tea 500 g", "شاي سيلاني ٥٠٠ غم", "چای سەیلانی ٥٠٠ گم"], 6_500, 1, [420, 300, 200], 60).reduced(5_900),
    item("COFFEE-TURKISH-250", "drinks", ["Turkish coffee 250 g", "قهوة تركية ٢٥٠ غم", "قاوەی تورکی ٢٥٠ گم"], 5_500, 1, [120, 160, 60], 24),
    item("WATER-24X500", "drinks", ["Water 24 x 500 ml", "ماء ٢٤ × ٥٠٠ مل", "ئاو ٢٤ × ٥٠٠ مل"], 3_000, 5, [900, 600, 700], 120).wholesale(2_750),
    item("JUICE-POMEGRANATE-1", "drinks", ["Pomegranate juice 1 l", "عصير رمان ١ لتر", "شەربەتی هەنار ١ لیتر"], 2_750, 12, [160, 220, 60], 36).of_vendor(),
    item("SUGAR-50", "basics", ["Sugar 50 kg", "سكر ٥٠ كغم", "شەکر ٥٠ کگم"], 47_500, 1, [140, 80, 110], 20).wholesale(46_000),
    item("SALT-1", "basics", ["Iodised salt 1 kg", "ملح معالج باليود ١ كغم", "خوێی یۆدکراو ١ کگم"], 500, 12, [800, 500, 400], 100),
    item("VINEGAR-1", "basics", ["Grape vinegar 1 l", "خل عنب ١ لتر", "سرکەی ترێ ١ لیتر"], 1_500, 6, [140, 90, 60], 24),
    item("TOMATO-PASTE-830", "canned", ["Tomato paste 830 g", "معجون طماطم ٨٣٠ غم", "دۆشاوی تەماتە ٨٣٠ گم"], 2_250, 12, [480, 360, 220], 72),
    item("TUNA-160", "canned", ["Tuna in oil 160 g", "تونة بالزيت ١٦٠ غم", "تونا بە زەیت ١٦٠ گم"], 1_750, 12, [300, 240, 260], 60),
    item("CORN-SWEET-340", "canned", ["Sweet corn 340 g", "ذرة حلوة ٣٤٠ غم", "گەنمەشامیی شیرین ٣٤٠ گم"], 1_500, 12, [200, 160, 120], 48),
    item("DATES-ZAHDI-1", "sweets", ["Zahdi dates 1 kg", "تمر زهدي ١ كغم", "خورمای زەهدی ١ کگم"], 3_000, 1, [260, 60, 340], 40),
    item("HONEY-MOUNTAIN-500", "sweets", ["Mountain honey 500 g", "عسل جبلي ٥٠٠ غم", "هەنگوینی شاخ ٥٠٠ گم"], 18_000, 1, [20, 70, 10], 12).of_vendor(),
    item("BISCUITS-TEA-24", "sweets", ["Tea biscuits, box of 24", "بسكويت شاي، علبة ٢٤", "بسکیتی چا، سندوقی ٢٤"], 6_000, 2, [180, 140, 90], 30),
    item("CHOCOLATE-MILK-12", "sweets", ["Milk chocolate, box of 12", "شوكولاتة بالحليب، علبة ١٢", "چۆکلێتی شیر، سندوقی ١٢"], 7_500, 2, [120, 110, 60], 24).reduced(6_750),
    item("MILK-POWDER-900", "dairy", ["Milk powder 900 g", "حليب مجفف ٩٠٠ غم", "شیری وشک ٩٠٠ گم"], 9_000, 1, [160, 90, 80], 24),
    item("CHEESE-WHITE-400", "dairy", ["White cheese 400 g", "جبن أبيض ٤٠٠ غم", "پەنیری سپی ٤٠٠ گم"], 3_250, 6, [90, 130, 40], 30),
    item("SOAP-LAUREL-6", "household", ["Laurel soap, pack of 6", "صابون غار، ٦ قطع", "سابوونی غار، ٦ دانە"], 4_500, 2, [140, 200, 60], 24).of_vendor(),
    item("DETERGENT-5", "household", ["Washing powder 5 kg", "مسحوق غسيل ٥ كغم", "تۆزی جلشۆری ٥ کگم"], 10_500, 1, [220, 140, 120], 30),
    item("TISSUES-10", "household", ["Tissues, pack of 10", "مناديل ورقية، ١٠ علب", "کلێنس، ١٠ پاکەت"], 4_000, 3, [300, 260, 180], 45),
    item("BATTERIES-AA-12", "household", ["AA batteries, pack of 12", "بطاريات AA، ١٢ قطعة", "پاتری AA، ١٢ دانە"], 5_000, 1, [60, 40, 30], 12),
    // Low on purpose, out on purpose, and taken off sale.
    item("SAFFRON-10", "spices", ["Saffron 10 g", "زعفران ١٠ غم", "زەعفەران ١٠ گم"], 35_000, 1, [6, 4, 0], 10).of_vendor(),
    item("CARDAMOM-250", "spices", ["Cardamom 250 g", "هيل ٢٥٠ غم", "هێڵ ٢٥٠ گم"], 12_500, 1, [30, 0, 0], 8),
    item("CANDLES-20", "household", ["Candles, pack of 20", "شموع، ٢٠ قطعة", "مۆم، ٢٠ دانە"], 2_000, 1, [0, 0, 0], 0),
];

const OUT_OF_STOCK: &str = "CARDAMOM-250";
const DISCONTINUED: &str = "CANDLES-20";

/// When the story begins: 30 days before the first start.
pub(super) const BEGINNING_HOURS: i64 = 24 * 30;

/// What was registered, by code.
pub(super) struct Goods {
    products: HashMap<&'static str, ProductId>,
    warehouses: [WarehouseId; 3],
}

impl Goods {
    pub(super) fn product(&self, sku: &str) -> Result<ProductId, CommandError> {
        self.products.get(sku).copied().ok_or_else(|| wrong(format!("there is no product {sku}")))
    }

    /// In Baghdad, Erbil and Basra.
    pub(super) const fn warehouses(&self) -> [WarehouseId; 3] {
        self.warehouses
    }
}

pub(super) async fn seed(demo: &Demo) -> Result<Goods, CommandError> {
    let [baghdad, erbil, basra] = &WAREHOUSES;
    let (baghdad, erbil, basra) =
        tokio::try_join!(open(demo, baghdad), open(demo, erbil), open(demo, basra))?;
    let warehouses = [baghdad, erbil, basra];
    let products = try_join_all(ITEMS.iter().map(|item| stock_up(demo, item, warehouses))).await?;
    let products = ITEMS.iter().map(|item| item.sku).zip(products).collect();
    let goods = Goods { products, warehouses };
    take_away(demo, &goods).await?;
    Ok(goods)
}

async fn open(
    demo: &Demo,
    (code, name, zones): &(&str, [&str; 3], &[&str]),
) -> Result<WarehouseId, CommandError> {
    let zones = zones.iter().map(|zone| Zone::parse(zone)).collect::<Result<_, _>>().map_err(wrong)?;
    let new = OpenWarehouse {
        code: Code::parse(code).map_err(wrong)?,
        name: localized(*name)?,
        country: Some(Country::parse("IQ").map_err(wrong)?),
        zones,
        location: None,
        shipping: Vec::new(),
    };
    let call = demo.step(&format!("warehouse {code}"), BEGINNING_HOURS);
    Ok(demo.inventory.open_warehouse(&call, new).await?.result.warehouse)
}

/// Registers a product, sets its thresholds and books its first delivery.
async fn stock_up(demo: &Demo, item: &Item, warehouses: [WarehouseId; 3]) -> Result<ProductId, CommandError> {
    let call = demo.step(&format!("product {}", item.sku), BEGINNING_HOURS);
    let product = demo.catalog.register_product(&call, registration(item)?).await?.result.product;
    for ((warehouse, units), (code, ..)) in warehouses.into_iter().zip(item.stock).zip(WAREHOUSES) {
        let Some(quantity) = Quantity::new(units) else {
            continue;
        };
        let call = demo.step(&format!("threshold {} {code}", item.sku), BEGINNING_HOURS);
        let threshold = SetThreshold { product, warehouse, threshold: item.threshold };
        demo.inventory.set_threshold(&call, threshold).await?;
        let call = demo.step(&format!("delivery {} {code}", item.sku), BEGINNING_HOURS);
        let reference = Some(Reason::parse("first delivery").map_err(wrong)?);
        demo.inventory
            .receive(&call, ReceiveStock { product, warehouse, quantity, reference, lot: None })
            .await?;
    }
    Ok(product)
}

/// One product is out of stock, another is not sold any more.
async fn take_away(demo: &Demo, goods: &Goods) -> Result<(), CommandError> {
    let (product, [warehouse, ..]) = (goods.product(OUT_OF_STOCK)?, goods.warehouses);
    let lost = ITEMS.iter().find(|item| item.sku == OUT_OF_STOCK).map_or(0, |item| item.stock[0]);
    let reason = Reason::parse("spoilt by damp").map_err(wrong)?;
    let adjustment = AdjustStock {
        product,
        warehouse,
        delta: -i64::from(lost),
        reason,
        lot: None,
    };
    demo.inventory.adjust_stock(&demo.step("spoilt", 24 * 3), adjustment).await?;
    let reason = Reason::parse("the maker has closed").map_err(wrong)?;
    let product = goods.product(DISCONTINUED)?;
    demo.catalog
        .discontinue_product(&demo.step("discontinued", 24 * 2), product, Some(reason), None)
        .await?;
    Ok(())
}

fn registration(item: &Item) -> Result<RegisterProduct, CommandError> {
    let price = |dinars: i64| UnitPrice::parse(&dinars.to_string(), Currency::IQD).map_err(wrong);
    Ok(RegisterProduct {
        sku: Sku::parse(item.sku).map_err(wrong)?,
        kind: ProductKind::Goods,
        details: ProductDetails {
            title: localized(item.titles)?,
            description: None,
            categories: Vec::new(),
            tags: vec![Tag::parse(item.tag).map_err(wrong)?],
            barcode: None,
            images: Vec::new(),
            attributes: AttributeValues::new(),
        },
        prices: Prices {
            base: price(item.price)?,
            discounted: item.discounted.map(price).transpose()?,
            wholesale: item.wholesale.map(price).transpose()?,
        },
        min_order_quantity: Quantity::new(item.min).unwrap_or(Quantity::ONE),
        external_id: None,
        company: (item.seller == Seller::Vendor).then(vendor_company),
        presentation: Presentation {
            featured: item.discounted.is_some(),
            ..Presentation::default()
        },
    })
}

/// English, Arabic, Kurdish (Sorani).
pub(super) fn localized(texts: [&str; 3]) -> Result<LocalizedText, CommandError> {
    let by_language: BTreeMap<_, _> = ["en", "ar", "ku"]
        .into_iter()
        .zip(texts)
        .map(|(tag, text)| (tag.to_owned(), text.to_owned()))
        .collect();
    LocalizedText::try_new(by_language).map_err(wrong)
}

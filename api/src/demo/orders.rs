//! Orders of the last ten days, in every state; one called off, one given back.

use commands::{
    CommandError,
    orders::{ChangeStatus, LineProduct, NewLine, NewOrder, NewReturn},
};
use domain::{
    ids::{OrderId, ReturnId, WarehouseId},
    orders::{Fulfilment, OrderStatus, PaymentMethod, ReturnedLine},
    quantity::Quantity,
    text::{Country, ExternalId, Reason},
};

use super::{
    Demo,
    accounts::{ADMIN, BAGHDAD_SHOP, BASRA_SHOP, ERBIL_ADMIN, ERBIL_SHOP, MANAGER, People},
    goods::Goods,
    wrong,
};

/// What became of an order after it was placed.
#[derive(Clone, Copy)]
enum Fate {
    /// It went so far.
    Reached(OrderStatus),
    /// Its first part has left, the others wait.
    PartShipped,
    /// The customer called it off.
    Cancelled,
    /// It was delivered, and units of its first line were given back and paid back.
    Refunded(u32),
    /// It was delivered, and the customer has asked to give units of its first line back.
    ReturnRequested(u32),
}

struct Story {
    number: &'static str,
    customer: &'static str,
    hours_ago: i64,
    payment: PaymentMethod,
    lines: &'static [(&'static str, u32)],
    fate: Fate,
}

const fn story(
    number: &'static str,
    customer: &'static str,
    hours_ago: i64,
    payment: PaymentMethod,
    lines: &'static [(&'static str, u32)],
    fate: Fate,
) -> Story {
    Story { number, customer, hours_ago, payment, lines, fate }
}

use Fate::{Cancelled, PartShipped, Reached, Refunded, ReturnRequested};
use OrderStatus::{Confirmed, Delivered, Pending, Processing, Shipped};
use PaymentMethod::{Cash, Invoice};

#[rustfmt::skip]
const STORIES: &[Story] = &[
    story("DEMO-1001", BAGHDAD_SHOP, 236, Cash, &[("RICE-BASMATI-5", 20), ("TEA-CEYLON-500", 12), ("SUGAR-50", 2)], Reached(Delivered)),
    story("DEMO-1002", ERBIL_SHOP, 212, Invoice, &[("OIL-SUNFLOWER-3", 16), ("TOMATO-PASTE-830", 48)], Reached(Delivered)),
    story("DEMO-1003", BASRA_SHOP, 190, Cash, &[("WATER-24X500", 60), ("DATES-ZAHDI-1", 25)], Refunded(5)),
    story("DEMO-1004", BAGHDAD_SHOP, 164, Invoice, &[("FLOUR-ZERO-25", 10), ("SALT-1", 48), ("LENTILS-RED-1", 24)], Reached(Delivered)),
    story("DEMO-1005", ERBIL_SHOP, 141, Cash, &[("HONEY-MOUNTAIN-500", 6), ("CHEESE-WHITE-400", 18)], ReturnRequested(2)),
    story("DEMO-1006", BASRA_SHOP, 118, Invoice, &[("TUNA-160", 60), ("CORN-SWEET-340", 24)], Cancelled),
    story("DEMO-1007", BAGHDAD_SHOP, 93, Cash, &[("DETERGENT-5", 12), ("TISSUES-10", 30)], Reached(Shipped)),
    story("DEMO-1008", ERBIL_SHOP, 70, Cash, &[("CHOCOLATE-MILK-12", 10), ("SOAP-LAUREL-6", 8)], PartShipped),
    story("DEMO-1009", BASRA_SHOP, 47, Invoice, &[("MILK-POWDER-900", 20)], Reached(Processing)),
    story("DEMO-1010", BAGHDAD_SHOP, 26, Cash, &[("COFFEE-TURKISH-250", 15), ("BISCUITS-TEA-24", 8)], Reached(Confirmed)),
    story("DEMO-1011", ERBIL_SHOP, 9, Invoice, &[("RICE-ANBAR-10", 12), ("GHEE-1", 24)], Reached(Pending)),
    story("DEMO-1012", BASRA_SHOP, 3, Invoice, &[("BATTERIES-AA-12", 10), ("TEA-CEYLON-500", 20)], Reached(Pending)),
];

pub(super) async fn seed(demo: &Demo, people: &People, goods: &Goods) -> Result<(), CommandError> {
    // One after the other, so that invoice numbers follow the story.
    for story in STORIES {
        let told = Telling { demo, people, goods, story };
        let order = told.place().await?;
        told.fulfil(order).await?;
    }
    Ok(())
}

struct Telling<'a> {
    demo: &'a Demo,
    people: &'a People,
    goods: &'a Goods,
    story: &'static Story,
}

impl Telling<'_> {
    /// A step of `email`, so many hours after the order was placed.
    fn step(&self, email: &str, what: &str, hours: i64) -> Result<commands::Call, CommandError> {
        let name = format!("order {} {what}", self.story.number);
        let hours_ago = (self.story.hours_ago - hours).max(0);
        Ok(self.demo.step_of(self.people.call(email)?, &name, hours_ago))
    }

    /// Who looks after this customer's orders, and which warehouse is the nearest.
    fn home(&self) -> (&'static str, WarehouseId) {
        let [baghdad, erbil, basra] = self.goods.warehouses();
        match self.story.customer {
            BAGHDAD_SHOP => (MANAGER, baghdad),
            ERBIL_SHOP => (ERBIL_ADMIN, erbil),
            _ => (ADMIN, basra),
        }
    }

    async fn place(&self) -> Result<OrderId, CommandError> {
        let story = self.story;
        let line = |(sku, units): &(&str, u32)| {
            Ok::<_, CommandError>(NewLine {
                product: LineProduct::Id(self.goods.product(sku)?),
                quantity: quantity(*units)?,
                hold: None,
            })
        };
        let new = NewOrder {
            customer: None,
            external_id: Some(ExternalId::parse(story.number).map_err(wrong)?),
            country: Some(Country::parse("IQ").map_err(wrong)?),
            zone: None,
            address: None,
            fulfilment: Fulfilment::Delivery,
            payment_method: story.payment,
            lines: story.lines.iter().map(line).collect::<Result<_, _>>()?,
            preferred: vec![self.home().1],
            coupons: Vec::new(),
            promotions: Vec::new(),
        };
        let call = self.step(story.customer, "placed", 0)?;
        Ok(self.demo.orders.place(&call, new).await?.result.order)
    }

    async fn fulfil(&self, order: OrderId) -> Result<(), CommandError> {
        match self.story.fate {
            Reached(status) => self.advance(order, status).await,
            PartShipped => {
                self.advance(order, Processing).await?;
                let step = ChangeStatus { to: Shipped, part: Some(1), expected_version: None };
                let call = self.step(self.home().0, "part shipped", 6)?;
                self.demo.orders.change_status(&call, order, step).await.map(drop)
            }
            Cancelled => {
                let call = self.step(self.story.customer, "cancelled", 1)?;
                self.demo
                    .orders
                    .cancel(&call, order, reason("ordered twice by mistake")?, None)
                    .await
                    .map(drop)
            }
            ReturnRequested(units) => {
                self.advance(order, Delivered).await?;
                self.ask_to_return(order, units).await.map(drop)
            }
            Refunded(units) => {
                self.advance(order, Delivered).await?;
                let returned = self.ask_to_return(order, units).await?;
                self.pay_back(returned).await
            }
        }
    }

    /// Step by step to `status`, two hours each.
    async fn advance(&self, order: OrderId, status: OrderStatus) -> Result<(), CommandError> {
        for (hours, to) in (2..).step_by(2).zip([Confirmed, Processing, Shipped, Delivered]) {
            if to > status {
                break;
            }
            let call = self.step(self.home().0, to.as_str(), hours)?;
            let step = ChangeStatus { to, part: None, expected_version: None };
            self.demo.orders.change_status(&call, order, step).await?;
        }
        Ok(())
    }

    async fn ask_to_return(&self, order: OrderId, units: u32) -> Result<ReturnId, CommandError> {
        let lines = vec![ReturnedLine { line: 1, quantity: quantity(units)? }];
        let new = NewReturn { lines, reason: reason("damaged on the way")? };
        let call = self.step(self.story.customer, "return requested", 48)?;
        Ok(self.demo.orders.request_return(&call, order, new).await?.result.return_id)
    }

    async fn pay_back(&self, returned: ReturnId) -> Result<(), CommandError> {
        let (who, warehouse) = self.home();
        let orders = &self.demo.orders;
        orders.approve_return(&self.step(who, "return approved", 50)?, returned, None).await?;
        orders.receive_return(&self.step(who, "return received", 70)?, returned, warehouse, None).await?;
        orders.refund_return(&self.step(who, "return refunded", 72)?, returned, None).await?;
        Ok(())
    }
}

fn quantity(units: u32) -> Result<Quantity, CommandError> {
    Quantity::new(units).ok_or_else(|| wrong("a line of no units"))
}

fn reason(text: &str) -> Result<Reason, CommandError> {
    Reason::parse(text).map_err(wrong)
}

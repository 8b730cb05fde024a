//! Two promotions and a coupon, for whoever orders next: the story's own orders were placed without them.

use std::collections::BTreeMap;

use commands::{
    CommandError,
    pricing::{CouponDraft, PromotionDraft},
};
use domain::{
    money::{BasisPoints, Currency, Money},
    pricing::{
        Activation, BuyXGetY, CouponCode, FixedOff, Grant, Limits, Offer, PercentageOff, Reward, Scope,
        Stacking,
    },
    quantity::Quantity,
    text::LocalizedText,
};

use super::{Demo, goods::Goods, wrong};

/// The step that is taken when all others are.
pub(super) const LAST_STEP: &str = "coupon welcome";

const fn dinars(amount: i64) -> Money {
    Money::from_minor(amount, Currency::IQD)
}

fn name(texts: [&str; 3]) -> Result<LocalizedText, CommandError> {
    let by_language = ["en", "ar", "ku"].into_iter().zip(texts);
    let owned: BTreeMap<String, String> =
        by_language.map(|(tag, text)| (tag.to_owned(), text.to_owned())).collect();
    LocalizedText::try_new(owned).map_err(wrong)
}

fn of_products(goods: &Goods, skus: &[&str]) -> Result<Scope, CommandError> {
    let products = skus.iter().map(|sku| goods.product(sku)).collect::<Result<_, _>>()?;
    Ok(Scope { products, ..Scope::default() })
}

fn promotion(name: LocalizedText, offer: Offer, limits: Limits, priority: i16) -> PromotionDraft {
    PromotionDraft {
        name,
        from: None,
        until: None,
        offer,
        limits,
        priority,
        activation: Activation::Automatic,
    }
}

fn offer(reward: Reward, scope: Scope) -> Offer {
    Offer {
        reward,
        scope,
        minimum: None,
        cap: None,
        stacking: Stacking::Stackable,
    }
}

pub(super) async fn seed(demo: &Demo, goods: &Goods) -> Result<(), CommandError> {
    let tenth = Reward::Percentage(PercentageOff { rate: BasisPoints::try_from(1_000).map_err(wrong)? });
    let hot_drinks = Offer {
        cap: Some(dinars(25_000)),
        ..offer(tenth, of_products(goods, &["TEA-CEYLON-500", "COFFEE-TURKISH-250"])?)
    };
    let week = promotion(
        name(["Tea and coffee week", "أسبوع الشاي والقهوة", "هەفتەی چا و قاوە"])?,
        hot_drinks,
        Limits { total: Some(500), per_customer: Some(3) },
        10,
    );
    demo.pricing.create_promotion(&demo.step("promotion tea and coffee", 0), week).await?;
    let units = |number| Quantity::new(number).ok_or_else(|| wrong("a deal of no units"));
    let sixth_free = Reward::BuyXGetY(BuyXGetY { buy: units(5)?, get: units(1)?, rate: BasisPoints::MAX });
    let tissues = promotion(
        name([
            "Six tissues for five",
            "ستة مناديل بسعر خمسة",
            "شەش کلێنکس بە نرخی پێنج",
        ])?,
        offer(sixth_free, of_products(goods, &["TISSUES-10"])?),
        Limits::default(),
        0,
    );
    demo.pricing.create_promotion(&demo.step("promotion tissues", 0), tissues).await?;
    let welcome = CouponDraft {
        grant: Grant::Offer(Box::new(Offer {
            minimum: Some(dinars(50_000)),
            ..offer(Reward::Fixed(FixedOff { amount: dinars(5_000) }), Scope::default())
        })),
        from: None,
        until: None,
        limits: Limits { total: None, per_customer: Some(1) },
    };
    let code = CouponCode::parse("WELCOME-5000").map_err(wrong)?;
    demo.pricing.create_coupon(&demo.step(LAST_STEP, 0), code, welcome).await?;
    Ok(())
}

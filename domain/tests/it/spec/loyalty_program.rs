use domain::{
    customers::{
        EarningRate, LOYALTY_PROGRAM, LoyaltyError, LoyaltyProgram, LoyaltyProgramCommand,
        LoyaltyProgramEvent, LoyaltyProgramState, LoyaltyRules, MAX_REWARDS, RewardTerms, Tier,
    },
    decider::Decider,
    fixtures::{at, english, gbp, must, reward, text},
    money::{BasisPoints, Currency, Money},
    pricing::{FixedOff, PercentageOff, Reward},
    spec::given,
};

pub(super) fn rules() -> LoyaltyRules {
    let tier = |code: &str, from_points, multiplier_percent| Tier {
        code: text(code),
        name: english(code),
        from_points,
        multiplier_percent,
    };
    LoyaltyRules {
        rates: vec![EarningRate { points: 3, spent: gbp("2.00") }],
        tiers: vec![tier("silver", 100, 100), tier("gold", 1_000, 150)],
        tier_window_days: 365,
        expire_after_days: Some(100),
        remind_before_days: Some(10),
    }
}

fn terms() -> RewardTerms {
    RewardTerms {
        name: english("Five pounds"),
        points: 500,
        tier: Some(text("gold")),
        reward: Reward::Fixed(FixedOff { amount: gbp("5.00") }),
        minimum: Some(gbp("20.00")),
        valid_days: Some(90),
    }
}

fn set(rules: LoyaltyRules) -> LoyaltyProgramCommand {
    LoyaltyProgramCommand::SetRules { rules }
}

fn with_rules() -> LoyaltyProgramEvent {
    LoyaltyProgramEvent::LoyaltyRulesSet { rules: rules() }
}

fn add(terms: RewardTerms) -> LoyaltyProgramCommand {
    LoyaltyProgramCommand::AddReward { reward: reward(1), terms: Box::new(terms) }
}

fn added(number: u64) -> LoyaltyProgramEvent {
    LoyaltyProgramEvent::RewardAdded { reward: reward(number), terms: Box::new(terms()) }
}

#[track_caller]
fn is_invalid(pointer: &str, change: impl FnOnce(&mut LoyaltyRules)) {
    let mut rules = rules();
    change(&mut rules);
    let decided = LoyaltyProgram::decide(&LoyaltyProgramState::default(), set(rules));
    assert!(
        matches!(&decided, Err(LoyaltyError::RulesInvalid { pointer: found, .. }) if found == pointer),
        "{decided:?}"
    );
}

#[test]
fn rules_are_set_once() {
    assert_eq!(LOYALTY_PROGRAM, "loyalty");
    given::<LoyaltyProgram>(&[]).when(set(rules())).then(&[with_rules()]);
    given::<LoyaltyProgram>(&[with_rules()]).when(set(rules())).then_nothing();
    given::<LoyaltyProgram>(&[]).when(set(LoyaltyRules::default())).then_nothing();
}

#[test]
fn tiers_rise_and_currencies_have_one_rate() {
    is_invalid("/rates/1", |rules| rules.rates.push(rules.rates[0]));
    is_invalid("/rates/0", |rules| rules.rates[0].points = 0);
    is_invalid("/rates/0", |rules| rules.rates[0].spent = gbp("0"));
    is_invalid("/tiers/1/from_points", |rules| rules.tiers[1].from_points = 100);
    is_invalid("/tiers/1/code", |rules| rules.tiers[1].code = text("silver"));
    is_invalid("/tiers/0/multiplier_percent", |rules| rules.tiers[0].multiplier_percent = 0);
    is_invalid("", |rules| rules.tier_window_days = 0);
    is_invalid("", |rules| rules.expire_after_days = Some(4_000));
    is_invalid("/remind_before_days", |rules| rules.remind_before_days = Some(100));
    is_invalid("/remind_before_days", |rules| rules.expire_after_days = None);
    is_invalid("", |rules| rules.tiers = vec![rules.tiers[0].clone(); 21]);
}

#[test]
fn points_are_rounded_down_once_and_grow_with_the_tier() {
    let rules = rules();
    assert_eq!(rules.points_for(gbp("1.99"), 0), 2);
    assert_eq!(rules.points_for(gbp("2.00"), 999), 3);
    assert_eq!(rules.points_for(gbp("1.99"), 1_000), 4);
    assert_eq!(rules.points_for(gbp("-5.00"), 0), 0);
    let dinars = must(Money::parse("1000", must(Currency::from_code("IQD"))));
    assert_eq!(rules.points_for(dinars, 0), 0);
    assert_eq!(LoyaltyRules::default().points_for(gbp("100.00"), 0), 0);
    let code = |earned| rules.tier(earned).map(|tier| tier.code.as_str());
    assert_eq!(
        [code(99), code(100), code(999), code(1_000)],
        [None, Some("silver"), Some("silver"), Some("gold")]
    );
    assert_eq!(rules.next_tier(99).map(|tier| tier.from_points), Some(100));
    assert_eq!(rules.next_tier(1_000), None);
    let (expires_at, remind_at) = rules.life(at(0));
    assert_eq!((expires_at, remind_at), (Some(at(100 * 1_440)), Some(at(90 * 1_440))));
}

#[test]
fn a_reward_is_had_by_its_tier_until_it_is_retired() {
    let state = given::<LoyaltyProgram>(&[with_rules()]).when(add(terms())).then(&[added(1)]);
    assert_eq!(state.redeemable(reward(1), 1_000), Ok(&terms()));
    assert_eq!(state.redeemable(reward(1), 999), Err(LoyaltyError::TierTooLow));
    assert_eq!(state.redeemable(reward(2), 1_000), Err(LoyaltyError::RewardNotFound));
    let retire = LoyaltyProgramCommand::RetireReward { reward: reward(1) };
    let retired = LoyaltyProgramEvent::RewardRetired { reward: reward(1) };
    let history = [with_rules(), added(1), retired.clone()];
    let state = given::<LoyaltyProgram>(&history[..2]).when(retire.clone()).then(&[retired]);
    assert_eq!(state.redeemable(reward(1), 1_000), Err(LoyaltyError::RewardRetired));
    given::<LoyaltyProgram>(&history).when(retire).then_nothing();
    let revise = |terms| LoyaltyProgramCommand::ReviseReward { reward: reward(1), terms: Box::new(terms) };
    let dearer = RewardTerms { points: 501, ..terms() };
    given::<LoyaltyProgram>(&history).when(revise(dearer.clone())).then_err(LoyaltyError::RewardRetired);
    let revised = LoyaltyProgramEvent::RewardRevised { reward: reward(1), terms: Box::new(dearer.clone()) };
    given::<LoyaltyProgram>(&history[..2]).when(revise(dearer)).then(&[revised]);
    given::<LoyaltyProgram>(&history[..2]).when(revise(terms())).then_nothing();
    given::<LoyaltyProgram>(&[]).when(revise(terms())).then_err(LoyaltyError::RewardNotFound);
    let gone = LoyaltyProgramCommand::RetireReward { reward: reward(1) };
    given::<LoyaltyProgram>(&[]).when(gone).then_err(LoyaltyError::RewardNotFound);
}

#[test]
fn a_reward_can_be_redeemed() {
    let refused = |change: &dyn Fn(&mut RewardTerms), pointer: &str| {
        let mut terms = terms();
        change(&mut terms);
        let known = given::<LoyaltyProgram>(&[with_rules()]).state();
        let decided = LoyaltyProgram::decide(&known, add(terms));
        assert!(
            matches!(&decided, Err(LoyaltyError::RewardInvalid { pointer: found, .. }) if *found == pointer),
            "{decided:?}"
        );
    };
    refused(&|terms| terms.points = 0, "/points");
    refused(&|terms| terms.tier = Some(text("bronze")), "/tier");
    refused(&|terms| terms.reward = Reward::Fixed(FixedOff { amount: gbp("0") }), "/reward");
    refused(&|terms| terms.minimum = Some(gbp("-1.00")), "/minimum");
    refused(&|terms| terms.valid_days = Some(0), "/valid_days");
    let tenth = RewardTerms {
        reward: Reward::Percentage(PercentageOff { rate: must(BasisPoints::parse_percent("10")) }),
        minimum: None,
        ..terms()
    };
    given::<LoyaltyProgram>(&[with_rules()]).when(add(tenth)).then_accepted();
    let mut full: Vec<_> = (0..100).map(added).collect();
    assert_eq!(full.len(), MAX_REWARDS);
    full.insert(0, with_rules());
    let one_more = LoyaltyProgramCommand::AddReward { reward: reward(200), terms: Box::new(terms()) };
    given::<LoyaltyProgram>(&full)
        .when(one_more)
        .then_err(LoyaltyError::TooManyRewards { max: MAX_REWARDS });
}

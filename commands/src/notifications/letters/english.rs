//! English.

use super::{Phrases, Words};
use crate::identity::Letter;

pub(super) const PHRASES: Phrases = Phrases {
    hello: "Hello",
    open: "Open this page:",
    enter: "Or enter this where you are asked for it:",
    valid_until: "Valid until",
};

pub(super) const fn words(letter: Letter) -> Words {
    match letter {
        Letter::VerifyEmail => Words {
            subject: "Please confirm your e-mail address",
            says: "Somebody, you we hope, has registered with this e-mail address. Please confirm that it is yours; then you can sign in.",
            else_do: "If it was not you, do nothing: without your confirmation nobody can use the account.",
        },
        Letter::AlreadyRegistered => Words {
            subject: "You have an account already",
            says: "Somebody, perhaps you, has tried to register with this e-mail address, which has an account already. Sign in with it. If you have forgotten the password, ask for a new one.",
            else_do: "If it was not you, do nothing: your account is as it was, and nobody was told that it exists.",
        },
        Letter::ResetPassword => Words {
            subject: "Choose a new password",
            says: "Somebody, perhaps you, has asked for a new password for your account. When you choose one, you are signed out everywhere.",
            else_do: "If it was not you, do nothing: your password stays as it is.",
        },
        Letter::PasswordRevoked => Words {
            subject: "Your password has been ended",
            says: "An administrator has ended the password of your account and signed you out everywhere. Please choose a new one.",
            else_do: "If you do not know why, ask your administrator. Until you choose, no password signs you in.",
        },
        Letter::Invitation => Words {
            subject: "You are invited",
            says: "An administrator has made an account for you at this e-mail address. Please choose its password; then you can sign in.",
            else_do: "If you expect no invitation, do nothing: without you nobody can use the account. If it is too late for this mail, ask for a new password where you sign in.",
        },
        Letter::PasswordChanged => Words {
            subject: "Your password was changed",
            says: "The password of your account has just been changed, and its other sessions have ended.",
            else_do: "If it was not you, ask for a new password at once.",
        },
        Letter::OneTimeCode => Words {
            subject: "Your code for signing in",
            says: "You can sign in once with the code in this mail.",
            else_do: "Give it to nobody, whoever asks. If you did not ask for it, do nothing.",
        },
        Letter::SecondFactorEnabled => Words {
            subject: "Two-step sign-in is on",
            says: "From now on you need a code of your authenticator app, besides the password, to sign in.",
            else_do: "If it was not you, choose a new password at once and tell us.",
        },
        Letter::SecondFactorDisabled => Words {
            subject: "Two-step sign-in is off",
            says: "From now on the password alone signs you in.",
            else_do: "If it was not you, choose a new password at once and turn it on again.",
        },
    }
}

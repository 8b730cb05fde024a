-- From what a session was last used, for its owner to recognise it: personal data, sealed with the owner's key.

alter table sessions add column device_sealed json;

comment on column sessions.device_sealed is 'User agent and network address, sealed with the account''s key.';

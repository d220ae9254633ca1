/* The commands, each defined in the file of its name. */
#ifndef COFFER_PROGRAM_COMMANDS_H
#define COFFER_PROGRAM_COMMANDS_H

#include "coffer/cli.h"

extern const struct cli_command cmd_dev; /* not in a production build, as the next one */
extern const struct cli_command cmd_demo;
extern const struct cli_command cmd_doctor;
extern const struct cli_command cmd_config;
extern const struct cli_command cmd_status;
extern const struct cli_command cmd_cluster_check;
extern const struct cli_command cmd_cluster_rotate;
extern const struct cli_command cmd_cluster_status;
extern const struct cli_command cmd_accounts;
extern const struct cli_command cmd_sign;
extern const struct cli_command cmd_key_new;
extern const struct cli_command cmd_key_public;
extern const struct cli_command cmd_key_show;
extern const struct cli_command cmd_statement_make;
extern const struct cli_command cmd_statement_show;
extern const struct cli_command cmd_statement_sign;
extern const struct cli_command cmd_statement_text;
extern const struct cli_command cmd_ticket_make;
extern const struct cli_command cmd_login;
extern const struct cli_command cmd_session_list;
extern const struct cli_command cmd_session_renew;
extern const struct cli_command cmd_session_revoke;
extern const struct cli_command cmd_user_enrol;
extern const struct cli_command cmd_user_join;
extern const struct cli_command cmd_user_list;
extern const struct cli_command cmd_user_recover;
extern const struct cli_command cmd_user_revoke;
extern const struct cli_command cmd_service_key_add;
extern const struct cli_command cmd_service_key_revoke;
extern const struct cli_command cmd_service_key_rotate;
extern const struct cli_command cmd_freeze;
extern const struct cli_command cmd_statement_submit;
extern const struct cli_command cmd_starknet_address;
extern const struct cli_command cmd_starknet_hash;
extern const struct cli_command cmd_starknet_verify;
extern const struct cli_command cmd_starknet_typed_data;
extern const struct cli_command cmd_app_derive;
extern const struct cli_command cmd_app_keygen;
extern const struct cli_command cmd_kv_delete;
extern const struct cli_command cmd_kv_get;
extern const struct cli_command cmd_kv_list;
extern const struct cli_command cmd_kv_put;
extern const struct cli_command cmd_audit_check_proof;
extern const struct cli_command cmd_audit_prove;
extern const struct cli_command cmd_audit_tiles;
extern const struct cli_command cmd_audit_verify;
extern const struct cli_command cmd_verify;
extern const struct cli_command cmd_version;
extern const struct cli_command cmd_completion;
extern const struct cli_command cmd_man;

#endif

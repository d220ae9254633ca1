#include "base/lockdown.h"
#include "base/secret.h"
#include "coffer/cli.h"
#include "coffer/commands.h"

int main(int argc, char **argv)
{
    /* It runs wherever people are; what it holds is theirs. */
    secret_allow_unlocked();
    /* clang-format off */
    static const struct cli_command *const commands[] = {
#ifndef COFFER_PRODUCTION
        &cmd_dev,
        &cmd_demo,
#endif
        &cmd_status,
        &cmd_cluster_status,
        &cmd_cluster_check,
        &cmd_cluster_rotate,
        &cmd_accounts,
        &cmd_sign,
        &cmd_login, &cmd_session_list, &cmd_session_renew, &cmd_session_revoke,
        &cmd_user_enrol, &cmd_user_list, &cmd_user_revoke, &cmd_user_recover, &cmd_user_join,
        &cmd_service_key_add, &cmd_service_key_rotate, &cmd_service_key_revoke, &cmd_freeze,
        &cmd_verify,
        &cmd_doctor,
        &cmd_config,
        &cmd_key_new, &cmd_key_show, &cmd_key_public,
        &cmd_statement_make, &cmd_statement_sign, &cmd_statement_show, &cmd_statement_text,
        &cmd_statement_submit,
        &cmd_ticket_make,
        &cmd_starknet_address,
        &cmd_starknet_hash,
        &cmd_starknet_typed_data,
        &cmd_starknet_verify,
        &cmd_app_keygen,
        &cmd_app_derive,
        &cmd_kv_put,
        &cmd_kv_get,
        &cmd_kv_list,
        &cmd_kv_delete,
        &cmd_audit_verify, &cmd_audit_prove, &cmd_audit_check_proof, &cmd_audit_tiles,
        &cmd_version,
        &cmd_completion,
        &cmd_man,
    };
    /* clang-format on */
    static const struct cli_table table = {commands, sizeof commands / sizeof commands[0]};
    return lockdown_descriptors() ? (int)cli_main(&table, argc, argv) : (int)CLI_FAILED;
}

/*
 * command: the subcommands of the program, as main's table calls them.
 *
 * Shape   argv[0] is the subcommand's own name; the rest are its options.
 * Errors  the exit code of sysexits.h: 0 done, 64 wrong usage, 65 wrong input, 66 cannot be opened,
 *         70 our own defect, 73 cannot create, 74 input or output failed, 77 not permitted.
 *         Messages go to standard error.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

int command_admit(int argc, char **argv);
int command_claims(int argc, char **argv);
int command_credentials(int argc, char **argv);
int command_columns(int argc, char **argv);
int command_document(int argc, char **argv);
int command_document_verify(int argc, char **argv);
int command_errors(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_pki(int argc, char **argv);
int command_portal(int argc, char **argv);
int command_office(int argc, char **argv);
int command_statistics(int argc, char **argv);
int command_operator(int argc, char **argv);
int command_registrar(int argc, char **argv);
int command_register_check(int argc, char **argv);
int command_rotate(int argc, char **argv);
int command_shadow(int argc, char **argv);
int command_routes(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_vault(int argc, char **argv);

#endif

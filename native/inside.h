/* The probe that tests run inside containers. Not part of the stage. */
#ifndef INSIDE_H
#define INSIDE_H

/* Values come behind json_key in an object, behind json_item in an array; the commas look after themselves. */
void json_open(char bracket);
void json_close(char bracket);
void json_key(const char *key);
void json_item(void);
void json_text(const char *text);                /* quoted and escaped; null for NULL */
void json_integer(long long n);
void json_boolean(int yes);
void json_number(const char *key, long long n);  /* key and integer */
void json_texts(char *const *texts);             /* an array; texts ends with NULL */
void json_lines(const char *path);               /* a file as an array of its lines; null if it cannot be read */

const char *errno_name(int error);
const char *signal_name(int number);

int facts(int argc, char **argv);
int network_serve(int argc, char **argv);
int network_fetch(int argc, char **argv);
int transfer_sink(int argc, char **argv);
int transfer_pour(int argc, char **argv);
int load_eat(int argc, char **argv);
int load_burn(int argc, char **argv);
int load_bomb(int argc, char **argv);
int seccomp_calls(int argc, char **argv);
int overwrite_exe(int argc, char **argv);

#endif

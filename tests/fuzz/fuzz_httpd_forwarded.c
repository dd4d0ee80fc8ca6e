/* X-Forwarded-For as anybody may write it; an address that was read is read again from its text. */
#include "httpd/httpd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct httpd_cidr trusted[2];
    struct httpd_addr peer, again;
    char shown[HTTPD_ADDR_TEXT_MAX];
    struct str text = str_n(data, size);
    if (!httpd_cidr_parse(STR("10.0.0.0/8"), &trusted[0]) ||
        !httpd_cidr_parse(STR("::/1"), &trusted[1]) || !httpd_addr_parse(STR("10.1.1.1"), &peer))
        abort();
    struct httpd_client c = httpd_client_of(&peer, text, trusted, 2);
    httpd_addr_format(&c.addr, shown);
    if (!httpd_addr_parse(str_of(shown), &again) || memcmp(&again, &c.addr, sizeof again) != 0)
        abort();
    if (size > 0 && c.exempt)
        abort();
    (void)httpd_cidr_parse(text, &trusted[0]);
    (void)httpd_request_id_valid(text);
    return 0;
}

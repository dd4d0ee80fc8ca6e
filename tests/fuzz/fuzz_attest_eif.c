/* Any bytes as an enclave image: what is read of one adds up to its size. */
#include "attest/attest.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct report report;
    cleanup_eif struct eif eif = {0};
    cleanup_close int fd = memfd_create("image", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    if (!eif_read(fd, "image", &eif, &err))
        return 0;
    if (eif.size != size || eif.section_count < 3)
        abort();
    eif_judge(&eif, &(struct eif_expected){.need_signature = true}, &report);
    report_release(&report);
    return 0;
}

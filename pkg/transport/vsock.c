/* AF_VSOCK socket addresses: the only file that includes their header. */
#include <linux/vm_sockets.h>

#include "internal.h"

void vsock_fill(const struct transport_addr *addr, union sockaddr_any *ret, socklen_t *ret_len)
{
    struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
                             .svm_cid = addr->cid,
                             .svm_port = addr->port == 0 ? VMADDR_PORT_ANY : addr->port};
    memcpy(ret, &vm, sizeof(vm));
    *ret_len = sizeof(vm);
}

bool vsock_read(const union sockaddr_any *from, struct transport_addr *ret)
{
    struct sockaddr_vm vm;
    memcpy(&vm, from, sizeof(vm));
    *ret = (struct transport_addr){.kind = TRANSPORT_VSOCK, .cid = vm.svm_cid, .port = vm.svm_port};
    return true;
}

"""A small service that keeps the contract of pkg/supervise: listener from LISTEN_FDS, holds back
with --hold until SIGUSR2, READY=1, drains on SIGTERM. HTTP/1.0: answers with the instance's name.

    service.py NAME [--hold] [--check-socket PATH] [--crash-after SECONDS] [--exit STATUS]
               [--never-ready] [--ignore-term] [--flood LINES] [--say TEXT] [--drain SECONDS]

A second SIGTERM is answered as many programs do: it ends at once, with status 9.
"""

import argparse
import os
import select
import selectors
import signal
import socket
import sys
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--check-socket")
    parser.add_argument("--crash-after", type=float)
    parser.add_argument("--exit", type=int)
    parser.add_argument("--never-ready", action="store_true")
    parser.add_argument("--ignore-term", action="store_true")
    parser.add_argument("--flood", type=int, default=0)
    parser.add_argument("--say", default="")
    parser.add_argument("--drain", type=float, default=0.2)
    return parser.parse_args()


def say(text):
    try:
        os.write(1, text.encode() + b"\n")
    except BlockingIOError:
        pass


def notify():
    path = os.environ["NOTIFY_SOCKET"]
    directory, name = os.path.split(path)
    fd = os.open(directory, os.O_PATH)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(b"READY=1\n", f"/proc/self/fd/{fd}/{name}")
    os.close(fd)


def public_listener():
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        sys.exit("LISTEN_FDS is not for this process")
    if os.environ.get("LISTEN_FDNAMES") != "public":
        sys.exit("LISTEN_FDNAMES is not public")
    return socket.socket(fileno=3)


def serve_one(connection, name):
    with connection:
        connection.settimeout(5)
        try:
            request = connection.recv(4096)
            if b"/pid" in request:
                name = str(os.getpid())
            body = name.encode()
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                               % (len(body), body))
        except OSError:
            pass


class Service:
    def __init__(self, args):
        self.args = args
        self.events = selectors.DefaultSelector()
        self.public = public_listener()
        self.accepting = False
        self.draining_until = None

    def accept(self):
        if not self.accepting:
            self.accepting = True
            self.events.register(self.public, selectors.EVENT_READ)

    def drain(self):
        if self.args.ignore_term:
            return
        if self.draining_until is not None:
            say("told to end twice")
            sys.exit(9)
        self.draining_until = time.monotonic() + self.args.drain
        if self.accepting:
            self.events.unregister(self.public)
        self.public.close()

    def check_socket(self):
        if os.path.exists(self.args.check_socket):
            os.unlink(self.args.check_socket)
        check = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        directory, name = os.path.split(self.args.check_socket)
        fd = os.open(directory, os.O_PATH)
        check.bind(f"/proc/self/fd/{fd}/{name}")
        os.close(fd)
        check.listen()
        check.setblocking(False)
        self.events.register(check, selectors.EVENT_READ)

    def take(self, listener):
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.setblocking(True)
        serve_one(connection, self.args.name)

    def run(self, wake):
        self.events.register(wake, selectors.EVENT_READ)
        end = time.monotonic() + self.args.crash_after if self.args.crash_after else None
        while True:
            for key, _ in self.events.select(0.05):
                if key.fileobj == wake:
                    self.signals(os.read(wake, 64))
                elif isinstance(key.fileobj, socket.socket):
                    self.take(key.fileobj)
            if end is not None and time.monotonic() > end:
                say("about to crash")
                os.kill(os.getpid(), signal.SIGSEGV)
            if self.draining_until is not None and time.monotonic() > self.draining_until:
                return

    def signals(self, numbers):
        for number in numbers:
            if number == signal.SIGUSR2:
                self.accept()
            elif number == signal.SIGTERM:
                self.drain()


def main():
    args = arguments()
    wake, sink = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(sink, False)
    signal.set_wakeup_fd(sink)
    for number in (signal.SIGUSR2, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    service = Service(args)
    if args.say:
        say(args.say)
    if args.exit is not None:
        say("this instance exits at once")
        sys.exit(args.exit)
    if args.check_socket:
        service.check_socket()
    if not args.hold:
        service.accept()
    if not args.never_ready:
        notify()
    for i in range(args.flood):
        select.select([], [1], [])
        say(f"{i:08d} " + "x" * 100)
    service.run(wake)


main()

"""What systemd does for a service of Type=notify with a socket: keeps the socket, starts the program with it, and hears from it.

Arguments: the program and its own. Reads lines from stdin: "restart", "stop". Prints the port, then each notification.
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading

folder = tempfile.TemporaryDirectory()
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(os.path.join(folder.name, "notify"))
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((os.environ.get("ADDRESS", "127.0.0.1"), 0))
listener.listen(4096)
print("port", listener.getsockname()[1], flush=True)


def start():
    def take():
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)

    # The variable has to hold the program's own number, which only the shell knows before it becomes the program.
    command = ["/bin/sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", *sys.argv[1:]]
    environment = {**os.environ, "NOTIFY_SOCKET": heard.getsockname()}
    return subprocess.Popen(command, env=environment, close_fds=False, preexec_fn=take, stdin=subprocess.DEVNULL, stdout=2)


def listen():
    while True:
        print("notify", heard.recv(4096).decode(), flush=True)


threading.Thread(target=listen, daemon=True).start()
child = start()
for line in sys.stdin:
    child.terminate()
    print("ended", child.wait(), flush=True)
    if line.strip() == "stop":
        break
    child = start()
else:
    child.kill()

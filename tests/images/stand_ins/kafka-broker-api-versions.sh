#!/bin/bash
# Says whether the broker listens, as the tool of this name is no part of the broker.
exec 3<> /dev/tcp/127.0.0.1/9092

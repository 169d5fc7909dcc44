#!/bin/sh
# Makes the figures of both languages.
set -eu
mkdir -p "$1"

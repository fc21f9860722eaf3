# The start of scripts/run in a container. CI does not build this file; it proves the same scripts
# on a bare Debian instead.
#
#   docker build -t landgis .
#   docker run --rm -p 127.0.0.1:8000:8000 -v landgis:/var/lib/landgis --shm-size 512m landgis
#
# (--shm-size: PostgreSQL's parallel workers share memory there, and 64 MB is Docker's default.)
FROM debian:12-slim

# The set-up's own list of system packages comes first: it changes less often than the sources.
WORKDIR /srv/landgis
COPY scripts/setup.sh scripts/setup.sh
RUN bash -c '. scripts/setup.sh && install_system_packages run' \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home landgis \
    && install -d -o landgis -g landgis -m 0700 /var/lib/landgis \
    && chown landgis: /srv/landgis

USER landgis
COPY --chown=landgis . .
RUN bash -c '. scripts/setup.sh && set_up run' && rm -rf ~/.cache ~/.npm

ENV LANDGIS_HOME=/var/lib/landgis
VOLUME /var/lib/landgis
EXPOSE 8000
STOPSIGNAL SIGINT
# Without --demo the register starts empty: append it to the command to look around.
ENTRYPOINT [".venv/bin/landgis", "up", "--host", "0.0.0.0"]

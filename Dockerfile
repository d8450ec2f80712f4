# Built in stages, run in the last: what installs and compiles stays behind. What two builds of one
# commit hold is the same, file for file; `./run image` builds, and says in labels what it built.
ARG BASE=python:3.13-slim
FROM ${BASE} AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# The image's environment has no pip of its own: the build's pip fills it. What every image needs
# comes first: images that differ in the rest share it.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv tools \
 && python -m venv --without-pip /opt/recycler \
 && tools/bin/pip install --require-hashes -r requirements/build.txt \
 && tools/bin/pip --python /opt/recycler/bin/python install --no-compile --require-hashes -r requirements/runtime.txt
# Which of requirements/*.txt goes in: `--build-arg REQUIREMENTS=distributed` makes the image that a
# Dask cluster runs, see docs/training.md.
ARG REQUIREMENTS=postgres
COPY requirements/${REQUIREMENTS}.txt requirements/
# The libraries' own tests go, a fifth of the whole, and what only compilers read. Bytecode is
# compiled here, and holds no time: it is not compared with its source, which never changes.
RUN tools/bin/pip --python /opt/recycler/bin/python install --no-compile --require-hashes -r requirements/${REQUIREMENTS}.txt \
 && find /opt/recycler -type d -name tests -prune -exec rm -r {} + \
 && find /opt/recycler \( -name '*.pyx*' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.[ch]' -o -name '*.[ch]pp' -o -name '*.a' \) -delete \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/recycler/lib \
 && find /opt/recycler -exec touch --no-dereference --date=1980-01-01Z {} +

# recycler itself is a layer of its own, so that its next version ships without its libraries.
FROM libraries AS package
COPY requirements/image.txt requirements/
RUN python -m venv listing \
 && listing/bin/pip install --require-hashes -r requirements/image.txt
ARG SOURCE_DATE_EPOCH=315532800
COPY image image
COPY pyproject.toml README.md ./
COPY models models
COPY recycler recycler
RUN tools/bin/hatchling build -t wheel \
 && tools/bin/pip --python /opt/recycler/bin/python install --no-compile --no-deps --prefix /package dist/*.whl \
 && python -m compileall -q --invalidation-mode unchecked-hash -s /package -p /opt/recycler /package/lib \
 && mkdir /package/share \
 && listing/bin/python image/sbom.py ${SOURCE_DATE_EPOCH} /opt/recycler/lib/python3*/site-packages \
    /package/lib/python3*/site-packages >/package/share/sbom.cdx.json \
 && chmod -R u=rwX,go=rX /package \
 && chmod -R ug=rwX,o=rX models \
 && find /package models -exec touch --no-dereference --date=@${SOURCE_DATE_EPOCH} {} +

FROM ${BASE}
# Nothing here installs packages, so the base image's pip goes too. The user is written down by hand:
# useradd would note the day.
RUN rm -rf /usr/local/bin/pip* /usr/bin/pip* /usr/local/lib/python3*/site-packages/pip* \
           /usr/lib/python3/dist-packages/pip* /usr/local/lib/python3*/ensurepip /usr/lib/python3*/ensurepip \
 && echo recycler:x:10001: >>/etc/group \
 && echo recycler:x:10001:10001::/nonexistent:/usr/sbin/nologin >>/etc/passwd
COPY --from=libraries /opt/recycler /opt/recycler
COPY --from=package /package /opt/recycler
# A volume mounted at /models replaces them; a new named volume starts as a copy of them. Assays are
# kept in /data: declared as a volume, it can be written to where all else is read-only. Group 0 may
# write to both: platforms that choose the user themselves, such as OpenShift, leave it that group.
RUN install --directory --owner=10001 --group=0 --mode=0775 /data /models
COPY --from=package --chown=10001:0 /build/models /models
VOLUME /data
# /dev/shm is writable even where the root filesystem is read-only; numeric libraries keep to one
# thread each, because requests are what runs in parallel.
ENV PATH=/opt/recycler/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/dev/shm \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    RECYCLER_HOST=0.0.0.0 \
    RECYCLER_PORT=8000 \
    RECYCLER_MODELS=/models \
    RECYCLER_DATABASE_URL=sqlite:////data/assays.db
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['RECYCLER_PORT']), timeout=4); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["recycler"]
CMD ["serve"]
LABEL org.opencontainers.image.title="recycler" \
      org.opencontainers.image.description="Recoverable rare earths in a batch of e-waste, with intervals and sources"

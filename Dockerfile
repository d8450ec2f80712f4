# Built in one stage, run in another: what installs and compiles stays behind.
FROM python:3.13-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# The image's environment has no pip of its own: the build's pip fills it, bytecode included. The
# libraries' own tests, a fifth of it, are left out. What every image needs comes first: images that
# differ in the rest share it.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv tools \
 && python -m venv --without-pip /opt/recycler \
 && tools/bin/pip install --require-hashes -r requirements/build.txt \
 && tools/bin/pip --python /opt/recycler/bin/python install --require-hashes -r requirements/runtime.txt
# Which of requirements/*.txt goes in: `--build-arg REQUIREMENTS=distributed` makes the image that a
# Dask cluster runs, see docs/training.md.
ARG REQUIREMENTS=postgres
COPY requirements/${REQUIREMENTS}.txt requirements/
RUN tools/bin/pip --python /opt/recycler/bin/python install --require-hashes -r requirements/${REQUIREMENTS}.txt
COPY pyproject.toml README.md ./
COPY models models
COPY recycler recycler
RUN tools/bin/hatchling build -t wheel \
 && tools/bin/pip --python /opt/recycler/bin/python install --no-deps dist/*.whl \
 && find /opt/recycler -type d -name tests -prune -exec rm -r {} +

FROM python:3.13-slim
LABEL org.opencontainers.image.title="recycler" \
      org.opencontainers.image.description="Recoverable rare earths in a batch of e-waste, with intervals and sources"
# Nothing here installs packages, so the base image's pip goes too.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin recycler \
 && rm -rf /usr/local/bin/pip* /usr/bin/pip* /usr/local/lib/python3*/site-packages/pip* \
           /usr/lib/python3/dist-packages/pip* /usr/local/lib/python3*/ensurepip /usr/lib/python3*/ensurepip
COPY --from=builder /opt/recycler /opt/recycler
# A volume mounted here replaces the models; a new named volume starts as a copy of them.
COPY --chown=10001:10001 models /models
# Assays are kept here; declared as a volume, it can be written to where all else is read-only.
RUN install --directory --owner=10001 --group=10001 /data
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

# Two images from one file: `bot` (the default) and `demo`. Every package is a wheel that is pinned
# by hash, so nothing is compiled and no compiler is needed.

FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements/run.txt /build/
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /build/run.txt

FROM packages AS demo-packages
COPY requirements/dev.txt /build/
# Of all that testing needs, the sandbox needs one: TDLib's parser, its judge of texts.
RUN sed -n '/^tdjson==/,/# via/p' /build/dev.txt > /build/demo.txt \
    && /opt/venv/bin/pip install --require-hashes --only-binary :all: --no-deps -r /build/demo.txt

FROM python:3.11-slim AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The code belongs to root and is only read. /data is the one place where the bot may write.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data workchats \
    && install --directory --owner=workchats --group=workchats /data
COPY LICENSE /app/
COPY storage /app/storage
COPY crm_api /app/crm_api
COPY bot /app/bot
WORKDIR /data
ENTRYPOINT ["python", "-m", "bot"]

FROM base AS demo
COPY --from=demo-packages /opt/venv /opt/venv
COPY sandbox /app/sandbox
RUN python -m compileall -q /app
USER workchats
# Inside a container 127.0.0.1 is out of reach; publish the ports to 127.0.0.1 of the machine.
ENV DEMO_HOST=0.0.0.0
EXPOSE 8081 8090
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8081, timeout=4); c.request('GET', '/'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["demo"]

FROM base AS bot
COPY --from=packages /opt/venv /opt/venv
RUN python -m compileall -q /app
USER workchats
ENV HTTP_HOST=0.0.0.0 HTTP_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['HTTP_PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["run"]

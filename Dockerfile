# kgreview in a container: the app at port 8501, projects in the volume /projects.
#
#   docker build --tag kgreview .
#   docker run --rm --publish 127.0.0.1:8501:8501 --volume kgreview:/projects kgreview
#
# 127.0.0.1 keeps it to this machine: whoever reaches the port can read and decide. Files of your own
# are read where they are mounted: --volume "$PWD:/data:ro" … kgreview create films --left /data/a.ttl …
# Torch from the package index brings CUDA, some GB. For a small image name an index without it:
#   docker build --build-arg PIP_EXTRA_INDEX_URL=… --tag kgreview .

FROM python:3.13-slim AS build
ARG PIP_EXTRA_INDEX_URL=
WORKDIR /source
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
ARG PIP_EXTRA_INDEX_URL=
RUN useradd --create-home --uid 10001 curator && install --directory --owner=curator /projects
COPY constraints.txt /install/
COPY --from=build /wheels /install/wheels
RUN python -m pip install --no-cache-dir --constraint /install/constraints.txt /install/wheels/*.whl
USER 10001
WORKDIR /projects
VOLUME /projects
EXPOSE 8501
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8501/_stcore/health', timeout=3)"]
ENTRYPOINT ["kgreview"]
CMD ["review", "/projects", "--host", "0.0.0.0", "--no-browser"]

#!/usr/bin/env bash
# All that wants a GPU: no thought needed on the day. Beside an H200 and 16 cores the parts took 210, 137, 103, 135, 51 and
# over 150 s; each has its own limit.
#
#   bash benchmarks/gpu_check.sh [--only tests,align,mps,pipeline,train,again] [--small] [--output FOLDER] [--python python3]
#
# --small takes ten people instead of twenty through the pipeline, at one resolution. `mps` is `align` while NVIDIA's MPS
# lets processes share the GPU, started and ended here. Results are kept as they come, in six small files, in
# benchmarks/results/gpu/<device>/ or in FOLDER.
# `make gpu-wheels` fetches what a machine with torch alone lacks into .wheels/, and this script installs it from there
# into a temporary folder, so the machine needs no network. A part that fails does not stop the others; the exit code
# is 1 when one did.
set -uo pipefail
cd "$(dirname "$0")/.."
only=tests,align,mps,pipeline,train,again
output=
small=
python=python3
while [ $# -gt 0 ]; do
  case "$1" in
    --only) only=$2; shift 2 ;;
    --output) output=$2; shift 2 ;;
    --small) small=--small; shift ;;
    --python) python=$2; shift 2 ;;
    *) echo "unknown option $1. Expected --only, --small, --output or --python." >&2; exit 2 ;;
  esac
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -d .wheels ]; then
  "$python" -m pip install --quiet --no-index --no-deps --no-compile --no-cache-dir --target "$scratch/site" .wheels/*.whl || exit 2
  export PYTHONPATH="$scratch/site${PYTHONPATH:+:$PYTHONPATH}"
  # torchcodec asks for FFmpeg's libraries by their usual names: PyAV brings them along under names of its own.
  mkdir "$scratch/ffmpeg"
  for file in "$scratch"/site/av.libs/lib{av,sw}*.so.*; do
    name=$(basename "$file" | sed 's/-[0-9a-f]*\(\.so\.[0-9]*\).*/\1/')
    ln -s "$file" "$scratch/ffmpeg/$name"
  done
  export LD_LIBRARY_PATH="$scratch/ffmpeg:$scratch/site/av.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_WAIT_POLICY=PASSIVE CUBLAS_WORKSPACE_CONFIG=:4096:8
device=$("$python" -c 'import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu")') || exit 2
output=${output:-benchmarks/results/gpu/$(printf %s "$device" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9-')}
mkdir -p "$output"
output=$(cd "$output" && pwd)
echo "device: $device; results: $output" | tee "$output/log.txt"
failed=0

wanted() { case ",$only," in *",$1,"*) ;; *) return 1 ;; esac; }  # wanted NAME: whether --only names it

part() {  # part NAME SECONDS COMMAND...: run one part within its limit, its last lines kept in log.txt
  wanted "$1" || return
  local name=$1 limit=$2 start=$SECONDS code
  shift 2
  echo "== $name (at most $limit s)"
  timeout --signal=INT --kill-after=10 "$limit" "$@" >"$scratch/$name.log" 2>&1
  code=$?
  { echo "== $name"; tail -c 20000 "$scratch/$name.log"; } >>"$output/log.txt"
  echo "exit code $code after $((SECONDS - start)) s" | tee -a "$output/log.txt"
  [ "$code" = 0 ] || { failed=1; tail -n 25 "$scratch/$name.log"; }
}

with_mps() {  # with_mps COMMAND...: run the part mps while processes share the GPU
  wanted mps || return
  export CUDA_MPS_PIPE_DIRECTORY="$scratch/mps" CUDA_MPS_LOG_DIRECTORY="$scratch/mps"
  mkdir "$scratch/mps"
  if nvidia-cuda-mps-control -d; then
    part mps 170 "$@"
    echo quit | nvidia-cuda-mps-control
  else
    echo "mps: NVIDIA's MPS does not start here" | tee -a "$output/log.txt"
    failed=1
  fi
  unset CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
}

part tests 240 "$python" -m pytest -m gpu tests/gpu -q -p no:cacheprovider -W default --durations=5
part align 170 "$python" -m benchmarks.gpu_align --frames 300 --usual-frames 20 --json "$output/align.json" \
  --case centerface,fp16,pyav --case 10g,fp16,pyav --case centerface,fp32,pyav --case centerface,fp16,nvdec
with_mps "$python" -m benchmarks.gpu_align --frames 300 --usual-frames 10 --json "$output/align_mps.json" \
  --case centerface,fp16,nvdec --case centerface,fp16,pyav
part pipeline 170 "$python" -m benchmarks.gpu_pipeline "$scratch/pipeline" --json "$output/pipeline.json" $small
if [ -d "$scratch/pipeline/data/published/256" ]; then
  part train 60 "$python" -m benchmarks.train "$scratch/pipeline/data/published/256" --device cuda --batch-size 256 \
    --steps 8 --rounds 3 --way bf16,channels_last --way bf16,contiguous --way fp32,channels_last --json "$output/train.json"
  part again 240 "$python" -m benchmarks.gpu_pipeline "$scratch/pipeline" --json "$output/again.json" --again
fi
exit $failed

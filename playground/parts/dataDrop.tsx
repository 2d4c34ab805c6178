import { useState } from "preact/hooks";
import type { CsvFile, PlateSize } from "../data/bind.ts";
import type { Data } from "../example.ts";
import type { CsvForm } from "./csvForm.tsx";

interface DataDropProps {
  readonly data: Data;
  readonly plates: readonly PlateSize[];
  onData(data: Data): void;
}

/** A file of one's own: dropped or chosen, read here and sent nowhere. */
export function DataDrop({ data, plates, onData }: DataDropProps) {
  const [file, setFile] = useState<CsvFile | null>(null);
  const [form, setForm] = useState<{ readonly Form: typeof CsvForm } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const take = async (given: File | undefined): Promise<void> => {
    if (given === undefined) return;
    setError(null);
    try {
      const text = await given.text();
      if (/\.json$/i.test(given.name)) onData(jsonOf(given.name, text));
      else {
        const [{ parseCsv }, { CsvForm: Form }] = await Promise.all([
          import("../data/bind.ts"),
          import("./csvForm.tsx"),
        ]);
        setForm({ Form });
        setFile(parseCsv(given.name, text));
      }
    } catch (caught) {
      setError((caught as Error).message);
    }
  };
  return (
    <>
      <label
        class={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer?.files[0]);
        }}
      >
        Drop a CSV or JSON file of your own here, or choose one:{" "}
        <input
          type="file"
          accept=".csv,.tsv,.txt,.json"
          onChange={(event) => {
            const input = event.currentTarget;
            void take(input.files?.[0]).then(() => {
              input.value = "";
            });
          }}
        />
      </label>
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {file !== null && form !== null && (
        <form.Form
          key={file.name}
          file={file}
          data={data}
          plates={plates}
          onData={(bound) => {
            setFile(null);
            onData(bound);
          }}
          onCancel={() => setFile(null)}
        />
      )}
    </>
  );
}

function jsonOf(name: string, text: string): Data {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as Data;
  throw new Error(`${name}: an object is needed, whose fields are the data`);
}

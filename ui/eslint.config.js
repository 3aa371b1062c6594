import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "src/api/generated"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers in templates are what a dashboard is made of.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `onClick={() => save()}` reads well and returns nothing that matters.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Event handlers may be async; React ignores the promise and our calls handle their errors.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      // The virtualizer's functions must not be memoized; we do not use the React compiler.
      "react-hooks/incompatible-library": "off",
    },
  },
  {
    // Plain scripts outside the type-checked program.
    files: ["eslint.config.js", "src/boot/theme.js"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { document: "readonly", localStorage: "readonly" } },
  },
);
